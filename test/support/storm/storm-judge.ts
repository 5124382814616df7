// Judges every removal at the moment it is made, by what truly lies in the bucket and stands in the API server: who removed it, and
// whether a naive reading of what that process could know lets it go, now and in every pass of the whole grace.
import type { ObjectName } from '../../../src/ports/cluster.ts';
import { namespaces, policies, runs } from '../../../src/ports/kinds.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { NaiveRecord } from './naive-record.ts';
import { graceOf } from './storm-policies.ts';
import { leaderOf, truthAgainst, unfinishedOf } from './storm-truth.ts';
import type { StormPlace } from './storm-place.ts';
import { type Knowledge, type Look, readingOf, sentenceOf } from './storm-question.ts';
import type { Asked, Suspect, Witness } from './storm-witness.ts';
import { checkpointNamed, type TrueObject } from './told-bucket.ts';

interface Pass {
  readonly run: StoredObject;
  readonly prefix: string;
  /** The newest answers of the API server itself, by the plural of the kind; undefined in it: there was none. */
  readonly reRead: Map<string, readonly StoredObject[]>;
  hasJudged: boolean;
  /** The listing made in this very pass. */
  look: Look | undefined;
}

interface Record {
  pass: Pass | undefined;
  readonly looks: Map<string, Look>;
  /** By the UID of the run. */
  readonly notes: Map<string, NaiveRecord>;
  readonly known: Map<string, Knowledge>;
}

export interface JudgeSetup {
  readonly cluster: FakeCluster;
  readonly place: StormPlace;
  readonly prefixOf: (run: ObjectName) => string;
  /** What capacities take of the run of this UID, as this process has planned. */
  readonly takenOf?: (suspect: Suspect, uid: string) => () => ReadonlySet<string>;
}

interface Removal {
  readonly pass: Pass;
  readonly names: readonly string[];
  readonly say: (why: string) => void;
}

export class StormJudge implements Witness {
  /** What should not have happened, in words. */
  readonly violations: string[] = [];
  /** Judgements passed over runs. */
  passes = 0;
  removed = 0;
  approved = 0;
  /** Removed for the capacity of a policy. */
  evicted = 0;
  readonly #setup: JudgeSetup;
  readonly #records = new Map<string, Record>();

  constructor(setup: JudgeSetup) {
    this.#setup = setup;
  }

  /** A process begins anew, remembering nothing. */
  forget({ name }: Suspect): void {
    this.#records.delete(name);
  }

  begin(suspect: Suspect, run: StoredObject): void {
    const prefix = this.#setup.prefixOf(run.metadata);
    this.#of(suspect).pass = { run, prefix, reRead: new Map(), hasJudged: false, look: undefined };
  }

  /** Before a listing is sent; the answer is called once all of it was received. */
  async listing(suspect: Suspect, prefix: string): Promise<() => void> {
    const objects = await this.#setup.place.truth(prefix);
    const at = suspect.clock.monotonic();
    const look: Look = { prefix, objects, isWhole: false, storeTime: undefined, at };
    const { looks, pass } = this.#of(suspect);
    looks.set(prefix, look);
    if (pass?.prefix === prefix) pass.look = look;
    return () => {
      look.isWhole = true;
    };
  }

  /** What a document said that was listed, perhaps written anew since; undefined: it could not be read, and the look is not whole. */
  told(suspect: Suspect, key: string, text: string | undefined): void {
    const { pass, looks } = this.#of(suspect);
    const look = looks.get(pass?.prefix ?? '');
    if (look === undefined || pass?.hasJudged !== false) return;
    if (text === undefined) look.isWhole = false;
    else look.objects = look.objects.map((one) => (one.key === key ? { ...one, text } : one));
  }

  toldTime(suspect: Suspect, time: number | undefined): void {
    const { pass, looks } = this.#of(suspect);
    const look = looks.get(pass?.prefix ?? '');
    if (look !== undefined) look.storeTime = time;
  }

  /** The API server told this of a kind, not a cache. */
  reRead(suspect: Suspect, { plural }: Asked, objects: readonly StoredObject[]): void {
    this.#of(suspect).pass?.reRead.set(plural, objects);
  }

  /** What its newest judgement of the run rested on. */
  knownOf(suspect: Suspect, uid: string): Knowledge | undefined {
    return this.#of(suspect).known.get(uid);
  }

  async scanning(): Promise<void> {}
  planned(): void {}
  swept(): void {}

  /** The process judges now what may go. */
  judged(suspect: Suspect): void {
    const record = this.#of(suspect);
    const { pass } = record;
    if (pass === undefined) return;
    pass.hasJudged = true;
    this.passes += 1;
    const known = this.#knowledge(suspect, pass, { ...this.#present(pass), run: pass.run });
    const { uid } = pass.run.metadata;
    const notes = record.notes.get(uid) ?? new NaiveRecord();
    record.notes.set(uid, notes);
    notes.add({ at: suspect.clock.monotonic(), read: () => readingOf(known) });
    record.known.set(uid, known);
  }

  /** Before keys are deleted; the answer is called when that was answered, and judges what is gone. */
  async deleting(suspect: Suspect, keys: readonly string[]): Promise<() => Promise<void>> {
    const prefix = this.#of(suspect).pass?.prefix ?? '';
    const before = await this.#setup.place.truth(prefix);
    return async () => {
      const leader = leaderOf(this.#setup.cluster);
      const left = new Set((await this.#setup.place.truth(prefix)).map(({ key }) => key));
      const gone = keys.filter((key) => !left.has(key) && before.some((object) => object.key === key));
      const isPin = (key: string): boolean => key.startsWith(`${prefix}pins/`);
      const others = gone.filter((key) => !isPin(key));
      this.removed += others.length;
      if (gone.length > 0 && leader !== suspect.name)
        this.violations.push(`${suspect.name}, ${gone.join(', ')}: while ${leader} leads`);
      if (others.length > 0) this.#judge(suspect, others, before);
      this.#judgePins(
        suspect,
        before.filter(({ key }) => isPin(key) && gone.includes(key)),
      );
    };
  }

  #judge(suspect: Suspect, gone: readonly string[], before: readonly TrueObject[]): void {
    const { pass } = this.#of(suspect);
    const say = (why: string): void =>
      void this.violations.push(`${suspect.name}, ${gone.length} of ${pass?.prefix ?? ''}: ${why}`);
    if (pass === undefined) return say('in no pass');
    const all = gone.map((key) => checkpointNamed(key.slice(pass.prefix.length)));
    const names = all.filter((name) => name !== undefined);
    const removal = { pass, names, say };
    if (pass.look?.isWhole !== true) say('without a whole listing of this pass');
    if (names.length < all.length) say('what is no checkpoint');
    if (this.#runAsAsked(pass) === undefined) return say('whose run is gone');
    this.#judgeReading(suspect, removal);
    this.#judgeGrace(suspect, removal);
    const lost = new Set(names);
    for (const why of truthAgainst(this.#setup, { run: pass.run, prefix: pass.prefix, lost }, before))
      say(why);
    const logged = before.filter(({ key }) => key.startsWith(`${pass.prefix}deletions/`));
    const told = logged.map(({ text }) => text).join('\n');
    for (const key of gone)
      if (!told.includes(key.slice(pass.prefix.length))) say(`${key}, which stands in no log`);
  }

  /** Of the pins in the bucket only this run's own go. */
  #judgePins(suspect: Suspect, gone: readonly TrueObject[]): void {
    const { pass } = this.#of(suspect);
    for (const { key, text } of gone)
      if (pass === undefined || !text.includes(pass.run.metadata.uid))
        this.violations.push(`${suspect.name}: ${key}, a pin of another`);
  }

  /** The run as the API server told of it last; where it was not asked in this pass, as it is now. */
  #runAsAsked({ run, reRead }: Pass): StoredObject | undefined {
    const now = this.#setup.cluster.storage.read(runs, run.metadata);
    const [object] = reRead.get(runs.plural) ?? (now === undefined ? [] : [now]);
    const isSame = object?.metadata.uid === run.metadata.uid;
    return isSame && object.metadata.deletionTimestamp === undefined ? object : undefined;
  }

  /** By what the process was told last, before it deleted. */
  #judgeReading(suspect: Suspect, { pass, names, say }: Removal): void {
    const present = this.#present(pass);
    const [namespace] = pass.reRead.get(namespaces.plural) ?? [];
    const known = this.#knowledge(suspect, pass, {
      run: this.#runAsAsked(pass) ?? present.run,
      policies: pass.reRead.get(policies.plural) ?? present.policies,
      namespaceLabels: namespace?.metadata.labels ?? present.namespaceLabels,
    });
    const sentence = sentenceOf(known);
    const taken = known.taken();
    this.evicted += names.filter((name) => taken.has(name)).length;
    for (const name of names)
      if (sentence?.condemned.has(name) !== true) say(`${name}, which a naive reading keeps`);
  }

  #judgeGrace(suspect: Suspect, { pass, names, say }: Removal): void {
    const notes = this.#of(suspect).notes.get(pass.run.metadata.uid);
    const now = suspect.clock.monotonic();
    const grace = notes?.governed === undefined ? Infinity : graceOf(notes.governed);
    for (const name of names) {
      const seconds = (now - (notes?.since(name) ?? Infinity)) / 1000;
      if (seconds < grace) say(`${name}, condemned for ${seconds} s instead of ${grace} s`);
      if (notes?.isAdmitted(name) !== true) say(`${name}, of which nobody approved`);
    }
    this.approved += names.filter((name) => notes?.isApproved(name) === true).length;
  }

  /** As it stands in the API server now. */
  #present({ run }: Pass): Pick<Knowledge, 'run' | 'policies' | 'namespaceLabels'> {
    const { storage } = this.#setup.cluster;
    const namespace = storage.read(namespaces, { name: run.metadata.namespace ?? '' });
    return {
      run: storage.read(runs, run.metadata) ?? run,
      policies: storage.list(policies, {}),
      namespaceLabels: namespace?.metadata.labels ?? {},
    };
  }

  #knowledge(
    suspect: Suspect,
    { prefix, run }: Pass,
    present: Pick<Knowledge, 'run' | 'policies' | 'namespaceLabels'>,
  ): Knowledge {
    const unseen: Look = { prefix, objects: [], isWhole: false, storeTime: undefined, at: 0 };
    const look = this.#of(suspect).looks.get(prefix) ?? unseen;
    const others = this.#setup.cluster.storage.list(runs, {});
    const unfinished = unfinishedOf(this.#setup.cluster, run);
    const taken = this.#setup.takenOf?.(suspect, run.metadata.uid) ?? ((): ReadonlySet<string> => new Set());
    return { look: { ...look }, now: suspect.clock.now(), others, unfinished, taken, ...present };
  }

  #of({ name }: Suspect): Record {
    const known = this.#records.get(name);
    if (known !== undefined) return known;
    const fresh: Record = { pass: undefined, looks: new Map(), notes: new Map(), known: new Map() };
    this.#records.set(name, fresh);
    return fresh;
  }
}
