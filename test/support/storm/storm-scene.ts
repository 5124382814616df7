// Where a storm takes place and who acts there: the operators' processes, each of whose calls may be struck, and time, which passes for
// all of them. What they do, and what befalls the rest of the world, is each storm's own.
import type { FakeCluster } from '../fake-cluster.ts';
import type { FakeTraining } from '../fake-training.ts';
import type { Dice } from '../e2e/dice.ts';
import { settle, type VirtualClock } from '../virtual-clock.ts';
import { midBatch, type StormGround } from './storm-ground.ts';
import type { StormPlace } from './storm-place.ts';
import { StormProcess } from './storm-process.ts';
import type { Witness } from './storm-witness.ts';

export interface SceneSetup {
  readonly dice: Dice;
  readonly clock: VirtualClock;
  readonly cluster: FakeCluster;
  readonly place: StormPlace;
  readonly judge: Witness;
  readonly training: FakeTraining | undefined;
  /** One in so many times something happens at a call. */
  readonly odds: number;
  /** Whether the API server lists hardly any runs. */
  readonly isFew?: () => boolean;
}

/** What one process does for a while. */
export type Work = (process: StormProcess) => Promise<void>;

/** What happens at one call of a process. */
interface Strike {
  /** Not before this one. */
  readonly call: number;
  /** Any, unless it is named. */
  readonly name?: string;
  /** Only once it is judged what may go. */
  readonly isLate?: boolean;
  /** Also between two pieces of a batch of deletions. */
  readonly mayBeMidway?: boolean;
  readonly what: Work;
}

export class StormScene {
  processes: StormProcess[] = [];
  readonly #setup: SceneSetup;
  readonly #ground: StormGround;
  #started = 0;
  #strike: Strike | undefined;
  #calls = 0;
  #isBusy = false;

  constructor(setup: SceneSetup) {
    this.#setup = setup;
    const { dice, training } = setup;
    this.#ground = {
      ...setup,
      agents: training ?? { read: async () => undefined },
      chance: () => dice.under(1),
      isFew: setup.isFew ?? (() => false),
    };
  }

  /** Two operators. */
  begin(): void {
    this.processes = [this.#start(), this.#start()];
  }

  async end(): Promise<void> {
    for (const process of this.processes) process.kill();
    await settle();
  }

  #start(): StormProcess {
    this.#started += 1;
    const onCall = async (process: StormProcess, name: string): Promise<void> => this.#called(process, name);
    return new StormProcess(this.#ground, `operator-${this.#started}`, onCall);
  }

  /** A process is killed, frozen, or its clock is set. */
  async upset(): Promise<void> {
    const { dice } = this.#setup;
    const at = Math.floor(dice.under(this.processes.length));
    const process = this.processes[at];
    const what = dice.pick(['kill', 'freeze', 'clock', 'clock']);
    if (what === 'kill') process?.kill();
    else if (what === 'freeze') await process?.freeze(dice.pick([5, 25, 60]));
    else process?.setWall(dice.pick([0, 0, 400_000, -400_000]));
    this.#reviveDead();
  }

  #reviveDead(): void {
    this.processes = this.processes.map((process) => (process.isAlive ? process : this.#start()));
  }

  /** Every clock is right again, and the store refuses nothing. */
  calm(): void {
    const { place } = this.#setup;
    for (const process of this.processes) process.setWall(0);
    place.skew(0);
    place.keep(() => false);
  }

  /** Each does this, one after the other, perhaps with something happening at one of the calls. `accident` befalls everybody else. */
  async all(work: Work, accident: () => Promise<void>): Promise<void> {
    const { dice, odds } = this.#setup;
    this.#calls = 0;
    const isStruck = dice.under(odds) < 1;
    if (isStruck) this.#strike = dice.under(6) < 1 ? this.#standstill(work) : this.#accident(work, accident);
    for (const process of this.processes) await this.#drive(work(process));
    this.#strike = undefined;
    this.#reviveDead();
  }

  /** While its machine stands still another takes over: at a moment when there is still a renewal to come. */
  #standstill(work: Work): Strike {
    const what: Work = async (process) => {
      await process.freeze(100, true);
      await this.#othersDo(process, work);
    };
    return { call: 0, name: 'list', isLate: true, what };
  }

  async #othersDo(process: StormProcess, work: Work): Promise<void> {
    for (const other of this.processes) if (other !== process) await this.#drive(work(other), true);
  }

  #accident(work: Work, accident: () => Promise<void>): Strike {
    const { dice, training } = this.#setup;
    const isLate = dice.under(2) < 1;
    const call = isLate ? 0 : Math.floor(dice.under(40));
    const kind = dice.pick(['kill', 'kill', 'freeze', 'turn', 'edit', 'edit', 'edit']);
    const what: Work = async (process) => {
      if (kind === 'kill') process.kill();
      else if (kind === 'turn') await training?.turn();
      else if (kind === 'edit') await accident();
      else {
        await process.freeze(dice.pick([1, 15, 40, 100]));
        await this.#othersDo(process, work);
      }
    };
    const isOfBatch = kind === 'kill' && dice.under(2) < 1;
    return { call, isLate, mayBeMidway: kind === 'kill', ...(isOfBatch ? { name: midBatch } : {}), what };
  }

  async #called(process: StormProcess, called: string): Promise<void> {
    this.#calls += 1;
    const strike = this.#strike;
    if (strike === undefined || strike.call >= this.#calls || !isMeant(strike, process, called)) return;
    this.#strike = undefined;
    this.#isBusy = true;
    await strike.what(process).finally(() => {
      this.#isBusy = false;
    });
  }

  /** Time passes for everybody. */
  async pass(seconds: number): Promise<void> {
    const { clock, place } = this.#setup;
    await clock.advance(seconds * 1000);
    place.passed(seconds);
  }

  /** Until it has ended, letting time pass where it waits for that. */
  async #drive(working: Promise<void>, isWithin = false): Promise<void> {
    const { clock, place } = this.#setup;
    const state = { isOver: false };
    const ending = working.finally(() => {
      state.isOver = true;
    });
    await settle(1);
    while (!state.isOver) {
      const waits = place.isBusy() || (this.#isBusy && !isWithin);
      await (waits ? settle(1) : clock.advance(250));
    }
    await ending;
    // What a process sent before it died arrives all the same.
    while (place.isBusy()) await settle(1);
  }
}

function isMeant(
  { name, isLate = false, mayBeMidway = false }: Strike,
  { hasJudged }: StormProcess,
  called: string,
): boolean {
  if (called === midBatch && !mayBeMidway) return false;
  return (name ?? called) === called && (hasJudged || !isLate);
}
