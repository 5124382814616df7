// The operator stopped dead at the calls of a run's whole life and started anew, or left without an answer: nothing is lost,
// no attempt number is used twice, and the run comes to the same end; also when somebody deletes its Job meanwhile.
import { expect, test } from 'vitest';
import type { RunStatus } from '../../../src/domain/run/status.ts';
import { ClusterError } from '../../../src/ports/cluster.ts';
import { jobs } from '../../../src/ports/kinds.ts';
import { Stopped, type Strike } from '../../support/call-trace.ts';
import { nightly, runs } from '../../support/counts.ts';
import type { StorageEvent } from '../../support/object-storage/journal.ts';
import { RunBench } from '../../support/run-bench.ts';

/** Every Job ever made, every attempt number ever reserved, and how many Jobs stood at a time. */
class History {
  readonly jobs: string[] = [];
  readonly reserved: number[] = [];

  constructor(bench: RunBench) {
    bench.cluster.storage.journal.subscribe((event) => this.#note(event));
  }

  #note({ table, type, object }: StorageEvent): void {
    if (table === 'batch/jobs' && type === 'ADDED') this.jobs.push(object.metadata.name);
    if (table !== 'reprise.dev/ttstrainingruns') return;
    const { attempt = 0 } = (object['status'] ?? {}) as { readonly attempt?: number };
    if (attempt > 0 && attempt !== this.reserved.at(-1)) this.reserved.push(attempt);
  }
}

interface Life {
  readonly bench: RunBench;
  readonly history: History;
  /** Deletes the newest Job while the struck operator is away. */
  readonly meddles: boolean;
}

/** Passes as the loop makes them: one that fails is made again, and a stopped operator has a successor. */
async function passes(life: Life): Promise<void> {
  const { bench } = life;
  for (let left = 3; left > 0; left -= 1) {
    try {
      await bench.passes();
      return;
    } catch (cause) {
      if (life.meddles) deleteNewestJob(bench);
      if (cause instanceof Stopped) bench.restartOperator();
      else if (!(cause instanceof Error) || !isPassing(cause)) throw cause;
    }
  }
}

/** `kubectl delete job`, with whatever pod it has. */
function deleteNewestJob(bench: RunBench): void {
  const newest = bench.jobs.toSorted((a, b) => numberOf(b.metadata.name) - numberOf(a.metadata.name))[0];
  if (newest !== undefined)
    bench.cluster.storage.delete(jobs, newest.metadata, { propagation: 'Background' });
}

const numberOf = (job: string): number => Number(job.split('-').at(-1));

const isPassing = (cause: Error): boolean =>
  cause instanceof ClusterError || cause.name === 'ObjectStoreError';

/** A change of mind, an eviction, a crash of the trainer, a suspension, retention all along, success, and a while after. */
async function live(strike?: Strike, meddles = false): Promise<Life> {
  const bench = new RunBench({ retention: { keepNewest: 1, minAgeSeconds: 0 } });
  const life = { bench, history: new History(bench), meddles };
  bench.training.script = { pace: 5, stepEvery: 10, target: 110, crashes: [62] };
  bench.trace.strike = strike;
  const script: Readonly<Record<number, () => void>> = {
    1: () => bench.change({ spec: { trainer: { args: ['--changed'] } } }),
    8: () => bench.training.kubelet.evict(bench.training.pods.at(-1)?.metadata ?? { name: '' }),
    30: () => bench.change({ spec: { suspend: true, suspendMode: 'Now' } }),
    34: () => bench.change({ spec: { suspend: false } }),
  };
  // What the store seemed not to delete is asked for again after a minute.
  for (let second = 0; second < 60 || (isRefused(bench) && second < 150); second += 1) {
    script[second]?.();
    await passes(life);
    await bench.training.turn();
    await passes(life);
    await bench.clock.advance(1000);
  }
  return life;
}

const isRefused = ({ status }: RunBench): boolean =>
  status.conditions.some(({ reason }) => reason === 'DeleteRefused');

/** What a life comes to, whatever happened to the operator on the way. Numbers that were given up are passed over. */
function outcomeOf({ bench, history }: Life) {
  const { status } = bench;
  const started = status.attempts.filter(({ cause }) => cause !== 'NumberGivenUp');
  const numbers = started.map(({ number }) => number).toReversed();
  const placeOf = (number: number): number => numbers.indexOf(number) + 1;
  return {
    phase: status.phase,
    attempts: started.map(({ number, cause, savedUpdate, resumedFrom }) => ({
      number: placeOf(number),
      cause,
      savedUpdate,
      from: resumedFrom?.update,
    })),
    totals: totalsWithout(givenUp(status), status),
    failures: status.failures,
    marker: { ...(bench.marker as object), highestAttempt: undefined },
    // Pods get other UIDs when fewer Events were told before them.
    checkpoints: bench.checkpoints.map((key) =>
      key.replace(/(\d{4})-[0-9a-f]{8}/, (_, number) => String(placeOf(Number(number)))),
    ),
    withoutTtl: bench.jobs.filter(({ spec }) => spec.ttlSecondsAfterFinished === undefined),
    made: history.jobs.map((job) => placeOf(numberOf(job))),
    isReservedInOrder: history.reserved.every((number, index) => number === index + 1),
  };
}

const givenUp = ({ attempts }: RunStatus): number =>
  attempts.filter(({ cause }) => cause === 'NumberGivenUp').length;

const sideBySide = ({ training }: RunBench) => ({ sideBySide: training.history.trainedSideBySide });

const totalsWithout = (attempts: number, { totals }: RunStatus) => ({
  ...totals,
  attempts: totals.attempts - attempts,
  reclaimedBytes: undefined,
});

const hows = ['stopped before', 'stopped after', 'unanswered'] as const;
const writes: ReadonlySet<string> = new Set(['create', 'applyStatus', 'put', 'delete', 'patch']);

/** So many of them, evenly spread from the first on. */
function spread<T>(all: readonly T[], count: number): readonly T[] {
  const share = (at: number): number => Math.floor((at * count) / all.length);
  return all.filter((_, at) => share(at) !== share(at - 1));
}

/** Every call at night; else some of those that write, and a few of those that read. */
function struckCalls(names: readonly string[]): readonly number[] {
  const calls = names.map((name, call) => ({ call, isWrite: writes.has(name) }));
  const writing = calls.filter(({ isWrite }) => isWrite);
  const reading = calls.filter(({ isWrite }) => !isWrite);
  const some = [...spread(writing, runs(12, writing.length)), ...spread(reading, runs(6, reading.length))];
  return some.map(({ call }) => call);
}

test('undisturbed, the run is evicted, crashes, is suspended, and succeeds', async () => {
  const life = await live();
  const { attempts, ...want } = outcomeOf(life);
  const causes = attempts.map(({ cause }) => cause);
  expect(causes).toEqual(['Succeeded', 'Suspended', 'TrainerFailed', 'Evicted', 'Replaced']);
  expect(want).toMatchObject({
    phase: 'Succeeded',
    made: [1, 2, 3, 4, 5],
    isReservedInOrder: true,
    checkpoints: [
      'attempts/4/last/model_67.pt',
      'attempts/5/last/model_110.pt',
      'attempts/5/steps/model_110.pt',
    ],
    withoutTtl: [],
  });
  expect(life.bench.status.attempts.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1]);
});

test(
  'struck at any call, the run comes to the same end',
  { timeout: nightly ? 3_600_000 : 300_000 },
  async () => {
    const undisturbed = await live();
    const want = outcomeOf(undisturbed);
    const { calls } = undisturbed.bench.trace;
    let lives = 0;
    for (const call of struckCalls(calls)) {
      for (const how of hows) {
        const strike = { how, call, name: calls[call] };
        const life = await live(strike);
        lives += 1;
        const isStruck = life.bench.trace.strike === undefined;
        expect({ strike, isStruck, ...outcomeOf(life) }).toEqual({ strike, isStruck: true, ...want });
        expect({ strike, givenUp: givenUp(life.bench.status) < 2 }).toEqual({ strike, givenUp: true });
      }
    }
    console.info(`${lives} lives, struck at some of ${calls.length} calls`);
  },
);

test(
  'struck at any call, with its Job deleted by somebody meanwhile, no number is used twice and there is one end',
  { timeout: nightly ? 3_600_000 : 300_000 },
  async () => {
    const { calls } = (await live()).bench.trace;
    for (const call of struckCalls(calls)) {
      for (const how of hows) {
        const strike = { how, call, name: calls[call] };
        const { bench, history } = await live(strike, true);
        const { phase, attempts } = bench.status;
        expect({ strike, made: history.jobs }).toEqual({ strike, made: [...new Set(history.jobs)] });
        expect({ strike, phase, ends: attempts.filter(({ cause }) => cause === 'Succeeded').length }).toEqual(
          {
            strike,
            phase: 'Succeeded',
            ends: 1,
          },
        );
        const numbers = attempts.map(({ number }) => number);
        expect({ strike, numbers }).toEqual({ strike, numbers: [...new Set(numbers)] });
        expect({ strike, ...sideBySide(bench) }).toEqual({ strike, sideBySide: false });
      }
    }
  },
);
