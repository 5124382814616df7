// Elections under faults, each from a seed: replicas whose clocks disagree by an hour and run at different rates are stopped, killed and
// restarted, the API server goes away, is slow and loses answers. Never do two lead at once, and when it is calm one always does.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leases } from '../../../src/ports/kinds.ts';
import { runs } from '../../support/counts.ts';
import {
  ElectionBench,
  type Journey,
  leaseName,
  type Replica,
  type ReplicaOptions,
} from '../../support/election-bench.ts';

type Chance = () => number;

const rounds = runs(30, 1000);
const timeout = runs(30_000, 300_000);

/** mulberry32 */
function chanceFrom(seed: number): Chance {
  let state = seed;
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A batch of deletions, in real milliseconds: from its permission until its time-out, or until it was given up. */
interface Deletion {
  readonly replica: string;
  readonly from: number;
  to: number;
}

class Chaos {
  readonly bench: ElectionBench;
  readonly deletions: Deletion[] = [];
  readonly #chance: Chance;
  readonly #replicas: Replica[] = [];
  #started = 0;

  constructor(seed: number, count: number) {
    this.#chance = chanceFrom(seed);
    this.bench = new ElectionBench(this.#chance);
    for (let index = 0; index < count; index += 1) this.#start(index);
  }

  #start(index: number): void {
    this.#started += 1;
    const rate = 1 + (this.#chance() - 0.5) * 0.1;
    const name = `replica-${index}_${this.#started}`;
    const lead: ReplicaOptions['lead'] = async (tenure, stop) => {
      while (!stop.aborted) {
        const from = this.bench.clock.monotonic();
        const milliseconds = (await tenure.mayDelete(stop).catch(() => undefined)) ?? 0;
        const deletion = { replica: name, from, to: this.bench.clock.monotonic() + milliseconds / rate };
        if (milliseconds > 0) this.deletions.push(deletion);
        // It takes all the time it may.
        await replica.clock.sleep(Math.max(milliseconds, 500), stop).catch(() => undefined);
        deletion.to = Math.min(deletion.to, this.bench.clock.monotonic());
      }
    };
    const replica = this.bench.start(name, { rate, lead });
    this.#replicas[index] = replica;
  }

  #pick(): number {
    return Math.floor(this.#chance() * this.#replicas.length);
  }

  /** Up to the given time, most often much shorter. */
  #span(longest: number): number {
    return longest * this.#chance() ** 2;
  }

  readonly #troubles: readonly ((index: number, replica: Replica) => Promise<void>)[] = [
    async (_, replica) => {
      replica.clock.stop();
      await this.bench.pass(this.#span(40));
      replica.clock.goOn();
    },
    async (index, replica) => {
      replica.kill();
      await this.bench.pass(this.#span(20));
      this.#start(index);
    },
    async (index, replica) => {
      replica.terminate();
      await this.bench.pass(this.#span(20));
      replica.kill();
      this.#start(index);
    },
    async () => {
      this.bench.isAway = true;
      await this.bench.pass(this.#span(40));
      this.bench.isAway = false;
    },
    async (_, replica) => {
      const slow = this.#span(9000);
      replica.journey = () => this.#journey(slow);
    },
    async (_, replica) => {
      replica.clock.stepWall((this.#chance() - 0.5) * 7_200_000);
    },
    async () => {
      const { storage } = this.bench.cluster;
      if (storage.read(leases, leaseName) !== undefined)
        storage.patch(leases, leaseName, { metadata: { labels: { touched: String(this.#chance()) } } });
    },
  ];

  #journey(slow: number): Journey {
    const lost = this.#chance();
    if (lost < 0.15) return { there: Infinity, back: 0 };
    if (lost < 0.3) return { there: this.#chance() * slow, back: Infinity };
    return { there: this.#chance() * slow, back: this.#chance() * slow };
  }

  async rage(): Promise<void> {
    for (let left = 6; left > 0; left -= 1) {
      const index = this.#pick();
      const replica = this.#replicas[index];
      const trouble = this.#troubles[Math.floor(this.#chance() * this.#troubles.length)];
      if (replica !== undefined) await trouble?.(index, replica);
      await this.bench.pass(this.#span(12));
    }
  }

  calm(): void {
    for (const replica of this.#replicas) replica.journey = () => ({ there: 1, back: 1 });
  }
}

/** Deletions that could still be under way while another replica led. */
function dangerous({ bench, deletions }: Chaos): readonly Deletion[] {
  return deletions.filter(({ replica, from, to }) =>
    bench.reigns.some((reign) => reign.replica !== replica && reign.from <= to && from <= reign.to),
  );
}

test.each([{ count: 2 }, { count: 3 }])(
  '$count replicas under faults',
  async ({ count }) => {
    const lived = { reigns: 0, deletions: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const chaos = new Chaos(seed, count);
        for (let round = 0; round < 3; round += 1) {
          await chaos.rage();
          chaos.calm();
          await chaos.bench.pass(25);
          expect(chaos.bench.leaders).toHaveLength(1);
        }
        expect(chaos.bench.overlaps).toEqual([]);
        expect(dangerous(chaos)).toEqual([]);
        lived.reigns += chaos.bench.reigns.length;
        lived.deletions += chaos.deletions.length;
      }),
      { numRuns: rounds },
    );
    expect(lived.reigns).toBeGreaterThan(rounds * 2);
    expect(lived.deletions).toBeGreaterThan(rounds * 10);
  },
  timeout,
);
