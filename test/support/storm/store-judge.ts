// Judges a storm over a whole store: it follows what each process sweeps and plans, and hands every removal to the judge of runs or to that
// of what runs left. Whoever sweeps or plans removes nothing.
import { runs } from '../../../src/ports/kinds.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { LeftJudge } from './left-judge.ts';
import { StoreMemory } from './store-memory.ts';
import type { StormRun } from './storm-history.ts';
import { type JudgeSetup, StormJudge } from './storm-judge.ts';
import type { Asked, Suspect, Witness } from './storm-witness.ts';

type Doing = 'run' | 'place' | 'sweep' | 'plan';

interface Followed {
  doing: Doing;
  readonly memory: StoreMemory;
}

export class StoreJudge implements Witness {
  readonly runs: StormJudge;
  readonly left: LeftJudge;
  /** UIDs of runs that somebody deleted with their checkpoints. */
  readonly wished = new Set<string>();
  readonly #setup: JudgeSetup;
  readonly #followed = new Map<string, Followed>();
  readonly #violations: string[] = [];

  constructor(setup: JudgeSetup) {
    this.#setup = setup;
    const takenOf = (suspect: Suspect, uid: string) => this.#of(suspect).memory.takenOf(uid);
    this.runs = new StormJudge({ ...setup, takenOf });
    this.left = new LeftJudge({
      ...setup,
      takenOf,
      missedOf: (suspect, { namespace, name }, uid) =>
        this.#of(suspect).memory.missedOf(`${namespace}/${name}`, uid),
      isWished: (uid) => this.wished.has(uid),
    });
  }

  get violations(): readonly string[] {
    return [...this.runs.violations, ...this.left.violations, ...this.#violations];
  }

  forget(suspect: Suspect): void {
    this.#followed.delete(suspect.name);
    this.runs.forget(suspect);
    this.left.forget(suspect);
  }

  beginRun(suspect: Suspect, run: StoredObject): void {
    this.#of(suspect).doing = 'run';
    this.runs.begin(suspect, run);
  }

  beginPlace(suspect: Suspect, at: StormRun): void {
    this.#of(suspect).doing = 'place';
    this.left.begin(suspect, at);
  }

  beginSweep(suspect: Suspect): void {
    this.#of(suspect).doing = 'sweep';
    this.#of(suspect).memory.beginSweep(suspect.clock.monotonic());
  }

  beginPlan(suspect: Suspect): void {
    this.#of(suspect).doing = 'plan';
  }

  async listing(suspect: Suspect, prefix: string): Promise<() => void> {
    return (this.#judgeOf(suspect) ?? this.left).listing(suspect, prefix);
  }

  /** Of what it does just now; undefined while it removes nothing. */
  #judgeOf(suspect: Suspect): StormJudge | LeftJudge | undefined {
    const { doing } = this.#of(suspect);
    if (doing === 'run') return this.runs;
    return doing === 'place' ? this.left : undefined;
  }

  async scanning(suspect: Suspect, prefix: string): Promise<void> {
    this.#of(suspect).memory.scanned(await this.#setup.place.truth(prefix));
  }

  told(suspect: Suspect, key: string, text: string | undefined): void {
    this.#judgeOf(suspect)?.told(suspect, key, text);
    const { doing, memory } = this.#of(suspect);
    if (doing === 'sweep') memory.told(key, text);
  }

  toldTime(suspect: Suspect, time: number | undefined): void {
    this.#judgeOf(suspect)?.toldTime(suspect, time);
    const { doing, memory } = this.#of(suspect);
    if (doing === 'sweep') memory.toldTime(time);
  }

  reRead(suspect: Suspect, asked: Asked, objects: readonly StoredObject[]): void {
    this.#judgeOf(suspect)?.reRead(suspect, asked, objects);
    const { doing, memory } = this.#of(suspect);
    if (doing === 'sweep' && asked.verb === 'list' && asked.plural === runs.plural) memory.listed(objects);
  }

  judged(suspect: Suspect, word?: string): void {
    const { doing } = this.#of(suspect);
    if (doing === 'run') this.runs.judged(suspect);
    if (doing === 'place') this.left.judged(suspect, word);
  }

  swept(suspect: Suspect): void {
    this.#of(suspect).memory.swept();
  }

  planned(suspect: Suspect): void {
    const all = this.#setup.cluster.storage.list(runs, {});
    const seen = all.map((object) => ({
      object,
      known: this.runs.knownOf(suspect, object.metadata.uid),
    }));
    this.#of(suspect).memory.planned(suspect.clock.monotonic(), seen);
  }

  async deleting(suspect: Suspect, keys: readonly string[]): Promise<() => Promise<void>> {
    const judge = this.#judgeOf(suspect);
    if (judge !== undefined) return judge.deleting(suspect, keys);
    this.#violations.push(`${suspect.name}, ${keys.join(' ')}: in a ${this.#of(suspect).doing}`);
    return async () => undefined;
  }

  #of({ name }: Suspect): Followed {
    const known = this.#followed.get(name);
    if (known !== undefined) return known;
    const fresh: Followed = { doing: 'plan', memory: new StoreMemory(this.#setup.cluster) };
    this.#followed.set(name, fresh);
    return fresh;
  }
}
