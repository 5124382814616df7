// A storm over retention, all of it from one seed: runs with a past, two operators, people who change their minds, a store and clocks
// that fail, and a stop at any call. The passes and deletions are the real ones; a judge looks at everything that is removed.
import { apiVersion, runNames } from '../../../src/api/names.ts';
import { definitions, namespaces, policies, runs } from '../../../src/ports/kinds.ts';
import { FakeCluster } from '../fake-cluster.ts';
import type { FakeTraining } from '../fake-training.ts';
import { statusWith } from '../run-snapshots.ts';
import { Dice } from '../e2e/dice.ts';
import { settle, type VirtualClock } from '../virtual-clock.ts';
import { seedHistory, seedMarker, type StormRun } from './storm-history.ts';
import { StormJudge } from './storm-judge.ts';
import { fakeSite, type StormPlace, type StormSite } from './storm-place.ts';
import { type StormGround, StormProcess } from './storm-process.ts';
import { greedyRules, type Trouble } from './storm-edits.ts';
import { accidents, troubles } from './storm-troubles.ts';

const runOf = (namespace: string, name: string): StormRun => ({
  namespace,
  name,
  prefix: `prod/${namespace}/${name}/`,
});

const stormRuns = [runOf('voice', 'zh'), runOf('voice', 'en'), runOf('lab', 'yue')] as const;

/** Under it nothing waits for approval. */
const trustingPolicy = {
  selector: {},
  mode: 'Enforce',
  approveAbove: { percent: 100, checkpoints: 1000 },
};

/** What happens at one call of a pass. */
interface Strike {
  /** Not before this one. */
  readonly call: number;
  /** Any, unless it is named. */
  readonly name?: string;
  /** Only once it is judged what may go. */
  readonly isLate?: boolean;
  readonly what: (process: StormProcess) => Promise<void>;
}

export class RetentionStorm {
  readonly judge: StormJudge;
  readonly #dice: Dice;
  readonly #clock: VirtualClock;
  readonly #cluster: FakeCluster;
  readonly #place: StormPlace;
  readonly #training: FakeTraining | undefined;
  readonly #ground: StormGround;
  #processes: StormProcess[] = [];
  #started = 0;
  #strike: Strike | undefined;
  #calls = 0;
  #isBusy = false;

  private constructor(seed: number, { clock, place, training }: StormSite) {
    this.#dice = new Dice(seed);
    this.#clock = clock;
    this.#place = place;
    this.#cluster = new FakeCluster({ clock });
    const cluster = this.#cluster;
    this.judge = new StormJudge({
      cluster,
      place,
      prefixOf: ({ namespace, name }) => `prod/${namespace ?? ''}/${name}/`,
    });
    this.#training = training?.(cluster);
    this.#ground = {
      clock,
      cluster,
      place,
      judge: this.judge,
      agents: this.#training ?? { read: async () => undefined },
      chance: () => this.#dice.under(1),
      onCall: async (process, name) => this.#called(process, name),
    };
  }

  /** A storm of so many moves of everybody. */
  static async rage(seed: number, moves: number, site: StormSite = fakeSite()): Promise<RetentionStorm> {
    const storm = new RetentionStorm(seed, site);
    await storm.#begin();
    for (let move = 0; move < moves; move += 1) await storm.#move();
    for (const process of storm.#processes) process.kill();
    await settle();
    return storm;
  }

  async #begin(): Promise<void> {
    const { storage } = this.#cluster;
    storage.create(definitions, { metadata: { name: 'ttstrainingruns.reprise.dev' } });
    for (const name of ['voice', 'lab'])
      storage.create(namespaces, { metadata: { name, labels: { team: 'a' } } });
    for (const run of stormRuns) await this.#apply(run);
    this.#applyWaiting();
    if (this.#dice.under(2) < 1)
      storage.create(policies, { metadata: { name: 'trusting' }, spec: trustingPolicy });
    this.#processes = [this.#start(), this.#start()];
    await this.#pass(40);
  }

  async #apply(run: StormRun): Promise<void> {
    const { namespace, name } = run;
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const suspend = this.#training === undefined || this.#dice.under(10) < 7;
    const spec = { trainer, suspend, retention: greedyRules };
    const manifest = { apiVersion, kind: runNames.kind, metadata: { namespace, name }, spec };
    const created = this.#cluster.storage.create(runs, manifest);
    await seedHistory(this.#dice, this.#place, run);
    const owner = this.#dice.pick([created.metadata.uid, created.metadata.uid, 'former']);
    await seedMarker(this.#place, run, owner);
    if (this.#dice.under(4) < 1)
      this.#cluster.storage.putStatus(runs, run, { status: statusWith([], { phase: 'Succeeded' }) });
  }

  /** A run that is to begin from another's checkpoint some day. */
  #applyWaiting(): void {
    if (this.#dice.under(3) < 2) return;
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const update = Math.floor(this.#dice.under(30));
    const initializeFrom = { run: 'zh', ...(update === 0 ? {} : { update }) };
    const metadata = { namespace: 'voice', name: 'warm' };
    const spec = { trainer, suspend: true, initializeFrom };
    this.#cluster.storage.create(runs, { apiVersion, kind: runNames.kind, metadata, spec });
  }

  #start(): StormProcess {
    this.#started += 1;
    return new StormProcess(this.#ground, `operator-${this.#started}`);
  }

  async #move(): Promise<void> {
    const chance = this.#dice.under(100);
    if (chance < 55) await this.#passSomewhere();
    else if (chance < 75) await this.#pass(this.#dice.pick([1, 10, 31, 59, 61, 200]));
    else if (chance < 90) await this.#befall(troubles, this.#run());
    else if (chance < 96) await this.#training?.turn();
    else await this.#upset();
  }

  #run(): StormRun {
    return this.#dice.pick([...stormRuns]);
  }

  async #befall(choices: readonly Trouble[], run: StormRun): Promise<void> {
    const trouble = choices[Math.floor(this.#dice.under(choices.length))];
    const hasNodes = this.#training !== undefined;
    await trouble?.({ dice: this.#dice, cluster: this.#cluster, place: this.#place, hasNodes }, run);
  }

  /** A process is killed, frozen, or its clock is set. */
  async #upset(): Promise<void> {
    const at = Math.floor(this.#dice.under(this.#processes.length));
    const process = this.#processes[at];
    const what = this.#dice.pick(['kill', 'freeze', 'clock', 'clock']);
    if (what === 'kill') process?.kill();
    else if (what === 'freeze') await process?.freeze(this.#dice.pick([5, 25, 60]));
    else process?.clock.stepWall(this.#dice.pick([0, 400_000, -400_000]));
    this.#reviveDead();
  }

  #reviveDead(): void {
    this.#processes = this.#processes.map((process) => (process.isAlive ? process : this.#start()));
  }

  /** Whoever leads looks at a run, perhaps with something happening at one of its calls. */
  async #passSomewhere(): Promise<void> {
    const run = this.#run();
    this.#calls = 0;
    const isStruck = this.#dice.under(2) < 1;
    if (isStruck) this.#strike = this.#dice.under(6) < 1 ? this.#standstill(run) : this.#accident(run);
    for (const process of this.#processes) await this.#drive(process.pass(run));
    this.#strike = undefined;
    this.#reviveDead();
  }

  /** While its machine stands still another takes over: at a moment when there is still a renewal to come. */
  #standstill(run: StormRun): Strike {
    const what = async (process: StormProcess): Promise<void> => {
      await process.freeze(100, true);
      await this.#othersPass(process, run);
    };
    return { call: 0, name: 'list', isLate: true, what };
  }

  async #othersPass(process: StormProcess, run: StormRun): Promise<void> {
    for (const other of this.#processes) if (other !== process) await this.#drive(other.pass(run), true);
  }

  #accident(run: StormRun): Strike {
    const isLate = this.#dice.under(2) < 1;
    const call = isLate ? 0 : Math.floor(this.#dice.under(40));
    const kinds = ['kill', 'kill', 'freeze', 'turn', 'edit', 'edit', 'edit'] as const;
    const kind = this.#dice.pick([...kinds]);
    const what = async (process: StormProcess): Promise<void> => {
      if (kind === 'kill') process.kill();
      else if (kind === 'turn') await this.#training?.turn();
      else if (kind === 'edit') await this.#befall(accidents, run);
      else {
        await process.freeze(this.#dice.pick([1, 15, 40, 100]));
        await this.#othersPass(process, run);
      }
    };
    return { call, isLate, what };
  }

  async #called(process: StormProcess, called: string): Promise<void> {
    this.#calls += 1;
    if (this.#strike === undefined || this.#strike.call >= this.#calls) return;
    const { what, name = called, isLate = false } = this.#strike;
    if (name !== called || (isLate && !process.hasJudged)) return;
    this.#strike = undefined;
    this.#isBusy = true;
    await what(process).finally(() => {
      this.#isBusy = false;
    });
  }

  async #pass(seconds: number): Promise<void> {
    await this.#clock.advance(seconds * 1000);
    this.#place.passed(seconds);
  }

  /** Until it has ended, letting time pass where it waits for that. */
  async #drive(passing: Promise<void>, isWithin = false): Promise<void> {
    const state = { isOver: false };
    const ending = passing.finally(() => {
      state.isOver = true;
    });
    await settle(1);
    while (!state.isOver) {
      const waits = this.#place.isBusy() || (this.#isBusy && !isWithin);
      await (waits ? settle(1) : this.#clock.advance(250));
    }
    await ending;
  }
}
