// Judges every removal of what a run left at the moment it is made: by what the process was told last, in every pass of the whole grace,
// and by what truly stands in the bucket and in the API server.
import { labels } from '../../../src/api/names.ts';
import { digestOf } from '../../../src/domain/retention/approval.ts';
import { namespaces, pods, policies } from '../../../src/ports/kinds.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import {
  checkpointsIn,
  isWish,
  type LeftKnowledge,
  type LeftMarker,
  markerIn,
  readLeft,
} from './left-reading.ts';
import { complaintsOf } from './left-removal.ts';
import { NaiveRecord } from './naive-record.ts';
import type { StormRun } from './storm-history.ts';
import type { StormPlace } from './storm-place.ts';
import type { Look } from './storm-question.ts';
import { leaderOf } from './storm-truth.ts';
import type { Asked, Suspect } from './storm-witness.ts';
import type { TrueObject } from './told-bucket.ts';

interface LeftPass {
  readonly at: StormRun;
  /** As it was read first. */
  marker: LeftMarker | undefined;
  look: Look | undefined;
  /** The newest answers, by verb and plural. */
  readonly heard: Map<string, readonly StoredObject[]>;
  /** When it asked for pods there was one. */
  hadPods: boolean;
  hasJudged: boolean;
  /** When it was judged no checkpoint was there. */
  wasEmpty: boolean;
}

interface Memory {
  pass: LeftPass | undefined;
  /** By prefix. */
  readonly records: Map<string, { readonly uid: string; readonly record: NaiveRecord }>;
  /** Since when it knows of the wish of a run, by prefix. */
  readonly wishes: Map<string, { readonly uid: string; readonly at: number }>;
}

export interface LeftSetup {
  readonly cluster: FakeCluster;
  readonly place: StormPlace;
  /** How often in a row this process' listings of runs did not have the run. */
  readonly missedOf: (suspect: Suspect, at: StormRun, uid: string) => number;
  /** Keys that capacities take, as this process has planned. */
  readonly takenOf: (suspect: Suspect, uid: string) => () => ReadonlySet<string>;
  /** Whether a person deleted the run of this UID with its checkpoints. */
  readonly isWished: (uid: string) => boolean;
}

interface Seen {
  readonly marker: LeftMarker;
  readonly look: Look;
}

interface Loss {
  readonly gone: readonly string[];
  readonly before: readonly TrueObject[];
}

export class LeftJudge {
  readonly violations: string[] = [];
  passes = 0;
  /** Checkpoints that went because a policy said so, and because the run itself did. */
  readonly removed = { byPolicy: 0, byWish: 0 };
  readonly #setup: LeftSetup;
  readonly #memories = new Map<string, Memory>();

  constructor(setup: LeftSetup) {
    this.#setup = setup;
  }

  forget({ name }: Suspect): void {
    this.#memories.delete(name);
  }

  begin(suspect: Suspect, at: StormRun): void {
    const heard = new Map<string, readonly StoredObject[]>();
    const pass = {
      at,
      marker: undefined,
      look: undefined,
      heard,
      hadPods: false,
      hasJudged: false,
      wasEmpty: false,
    };
    this.#of(suspect).pass = pass;
    this.passes += 1;
  }

  /** What was not judged, though it could be, was let go of. */
  end(suspect: Suspect): void {
    const { pass, records } = this.#of(suspect);
    if (pass === undefined || pass.hasJudged) return;
    if (pass.marker === undefined) records.delete(pass.at.prefix);
    else if (pass.look?.isWhole === true) this.judged(suspect);
  }

  async listing(suspect: Suspect, prefix: string): Promise<() => void> {
    const objects = await this.#setup.place.truth(prefix);
    const at = suspect.clock.monotonic();
    const { pass } = this.#of(suspect);
    const look: Look = { prefix, objects, isWhole: false, storeTime: pass?.look?.storeTime, at };
    if (pass?.at.prefix === prefix) pass.look = look;
    return () => {
      look.isWhole = true;
    };
  }

  told(suspect: Suspect, key: string, text: string | undefined): void {
    const { pass } = this.#of(suspect);
    if (pass === undefined) return;
    if (key === `${pass.at.prefix}run.json` && pass.marker === undefined) this.#read(suspect, pass, text);
    if (pass.look === undefined) return;
    if (text === undefined) pass.look.isWhole = false;
    else pass.look.objects = pass.look.objects.map((one) => (one.key === key ? { ...one, text } : one));
  }

  #read(suspect: Suspect, pass: LeftPass, text: string | undefined): void {
    const { records, wishes } = this.#of(suspect);
    const { prefix } = pass.at;
    const marker = markerIn(text);
    pass.marker = marker;
    if (marker === undefined || !isWish(marker)) wishes.delete(prefix);
    else if (wishes.get(prefix)?.uid !== marker.runUid)
      wishes.set(prefix, { uid: marker.runUid, at: suspect.clock.monotonic() });
    if (records.get(prefix)?.uid !== marker?.runUid) records.delete(prefix);
  }

  toldTime(suspect: Suspect, time: number | undefined): void {
    const { pass } = this.#of(suspect);
    if (pass?.look !== undefined) pass.look.storeTime = time;
  }

  reRead(suspect: Suspect, { verb, plural }: Asked, objects: readonly StoredObject[]): void {
    const { pass } = this.#of(suspect);
    pass?.heard.set(`${verb} ${plural}`, objects);
    if (pass === undefined || plural !== pods.plural) return;
    const labelSelector = `${labels.runUid}=${pass.marker?.runUid ?? ''}`;
    pass.hadPods = this.#setup.cluster.storage.list(pods, { labelSelector }).length > 0;
  }

  /** `word`: what a person agreed to of this place. */
  judged(suspect: Suspect, word = ''): void {
    const { pass, records } = this.#of(suspect);
    if (pass?.marker === undefined || pass.look === undefined || pass.hasJudged) return;
    pass.hasJudged = true;
    pass.wasEmpty = checkpointsIn(pass.look).length === 0;
    const { prefix } = pass.at;
    const { runUid: uid } = pass.marker;
    const { record } = records.get(prefix) ?? { record: new NaiveRecord() };
    records.set(prefix, { uid, record });
    const known = this.#knowledge(suspect, pass, pass.look);
    record.add({
      at: suspect.clock.monotonic(),
      read: () => {
        const reading = readLeft(known());
        return reading && { ...reading, word, digest: digestOf };
      },
    });
  }

  /** What it can know now, with the newest answers of the API server where it asked. */
  #knowledge(suspect: Suspect, { at, marker, heard }: LeftPass, look: Look): () => LeftKnowledge {
    const { storage } = this.#setup.cluster;
    const there = heard.has(`get ${namespaces.plural}`)
      ? heard.get(`get ${namespaces.plural}`)?.[0]
      : storage.read(namespaces, { name: at.namespace });
    const { runUid: uid } = marker ?? { runUid: '' };
    const taken = this.#setup.takenOf(suspect, uid);
    const known = {
      look: { ...look },
      now: suspect.clock.now(),
      marker: marker ?? { clusterUid: '', runUid: '' },
      policies: heard.get(`list ${policies.plural}`) ?? storage.list(policies, {}),
      namespaceLabels: there && (there.metadata.labels ?? {}),
      missed: this.#setup.missedOf(suspect, at, uid),
    };
    return () => ({ ...known, taken: taken() });
  }

  async deleting(suspect: Suspect, keys: readonly string[]): Promise<() => Promise<void>> {
    const { pass } = this.#of(suspect);
    const prefix = pass?.at.prefix ?? '';
    const before = await this.#setup.place.truth(prefix);
    return async () => {
      const leader = leaderOf(this.#setup.cluster);
      const left = new Set((await this.#setup.place.truth(prefix)).map(({ key }) => key));
      const gone = keys.filter((key) => !left.has(key) && before.some((object) => object.key === key));
      if (gone.length === 0) return;
      const { marker, look } = pass ?? {};
      const complaints =
        pass === undefined || marker === undefined || look?.isWhole !== true
          ? ['without a whole look']
          : this.#judge(suspect, { ...pass, marker, look }, { gone, before });
      const all = leader === suspect.name ? complaints : [...complaints, `while ${leader} leads`];
      this.violations.push(...all.map((why) => `${suspect.name}, left in ${prefix}: ${why}`));
    };
  }

  #judge(suspect: Suspect, pass: LeftPass & Seen, { gone, before }: Loss): readonly string[] {
    const { marker, look } = pass;
    const { records, wishes } = this.#of(suspect);
    const now = suspect.clock.monotonic();
    const { prefix } = pass.at;
    const removed = isWish(marker) ? 'byWish' : 'byPolicy';
    this.removed[removed] += checkpointsIn({ prefix, objects: before }).filter(({ key }) =>
      gone.includes(key),
    ).length;
    return complaintsOf({
      ...pass,
      gone,
      before,
      isWished: this.#setup.isWished(marker.runUid),
      knownFor: (now - (wishes.get(prefix)?.at ?? Infinity)) / 1000,
      reading: readLeft(this.#knowledge(suspect, pass, look)()),
      record: records.get(prefix)?.record,
      now,
    });
  }

  #of({ name }: Suspect): Memory {
    const known = this.#memories.get(name);
    if (known !== undefined) return known;
    const fresh: Memory = { pass: undefined, records: new Map(), wishes: new Map() };
    this.#memories.set(name, fresh);
    return fresh;
  }
}
