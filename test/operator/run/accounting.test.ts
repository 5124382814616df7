// The figures of a run against what really happened, over lives of evictions, crashes and lost flushes: what was lost, how long GPUs
// were held, where the time to the first update went, and that status never claims more than was true when it was observed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentNames } from '../../../src/domain/run/segments.ts';
import type { LedgerEntry, RunStatus } from '../../../src/domain/run/status.ts';
import { parseTime } from '../../../src/domain/time.ts';
import { runs } from '../../support/counts.ts';
import { RunBench } from '../../support/run-bench.ts';
import { falseClaims } from '../../support/status-truth.ts';

const gpus = 4;

type Blow = 'evict' | 'evict unflushed' | 'delete' | 'crash unflushed' | 'operator restart' | 'silence';

interface Life {
  readonly blows: readonly { readonly blow: Blow; readonly after: number }[];
  readonly pace: number;
  readonly stepEvery: number;
  readonly target: number;
  /** The trainer's log comes in pieces of so many updates. */
  readonly logEvery: number;
}

const life: fc.Arbitrary<Life> = fc.record({
  blows: fc.array(
    fc.record({
      blow: fc.constantFrom<Blow>(
        'evict',
        'evict unflushed',
        'delete',
        'crash unflushed',
        'operator restart',
        'silence',
      ),
      after: fc.integer({ min: 1, max: 6 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  pace: fc.integer({ min: 1, max: 9 }),
  stepEvery: fc.integer({ min: 5, max: 60 }),
  target: fc.integer({ min: 20, max: 120 }),
  logEvery: fc.constantFrom(1, 1, 7, 40),
});

function begin({ pace, stepEvery, target, logEvery }: Omit<Life, 'blows'>): RunBench {
  const resources = { limits: { 'nvidia.com/gpu': String(gpus) } };
  const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts', resources };
  // Without an end.json, restore waits for the whole grace.
  const podTemplate = { spec: { terminationGracePeriodSeconds: 5 } };
  const bench = new RunBench({ trainer, podTemplate, restart: { maxFailures: 50 } });
  bench.training.script = { pace, stepEvery, target, crashes: [] };
  bench.training.logEvery = logEvery;
  return bench;
}

type Until = (status: RunStatus) => boolean;

/** Lives on second by second, asking each time whether status is true; at most so many. */
async function live(bench: RunBench, until: Until, most: number): Promise<void> {
  for (let second = 0; second < most && !until(bench.status); second += 1) {
    await bench.live(1);
    expectTrue(bench);
  }
}

/** The same, until it is so. */
async function liveUntil(bench: RunBench, until: Until): Promise<void> {
  await live(bench, until, 400);
  if (!until(bench.status)) throw new Error(`it did not come to that: ${bench.status.message}`);
}

function expectTrue(bench: RunBench): void {
  expect(falseClaims(bench)).toEqual([]);
  const { attempts } = bench.status;
  for (const entry of attempts) expectSegments(entry, attempts);
}

function expectSegments(entry: LedgerEntry, attempts: readonly LedgerEntry[]): void {
  const parts = Object.values(entry.segments ?? {}).map(Number);
  expect(parts.filter((seconds) => seconds < 0)).toEqual([]);
  const before = attempts.find(({ number }) => number === entry.number - 1);
  // The oldest that is listed follows one that is not.
  if (parts.length < segmentNames.length || before === undefined) return;
  const whole = (parseTime(entry.firstUpdateAt ?? '') ?? 0) - (parseTime(before.stoppedAt ?? '') ?? 0);
  expect(parts.reduce((sum, seconds) => sum + seconds, 0)).toBe(whole / 1000);
}

const podOf = (bench: RunBench) => {
  const [pod] = bench.training.pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return pod?.metadata;
};

function strike(bench: RunBench, blow: Blow): void {
  const { training } = bench;
  const pod = podOf(bench);
  training.flushes = blow !== 'evict unflushed' && blow !== 'crash unflushed';
  if (blow === 'operator restart') return bench.restartOperator();
  if (blow === 'silence') return void (bench.training.read = async () => undefined);
  if (blow === 'crash unflushed') return void training.script.crashes.push(nextUpdate(bench));
  if (pod === undefined) return;
  if (blow === 'delete') training.kubelet.deletePod(pod);
  else training.kubelet.evict(pod);
}

const nextUpdate = ({ training, clock }: RunBench): number =>
  (training.history.furthestAt(clock.now()) ?? 0) + 1;

const isTraining = ({ phase }: RunStatus): boolean => phase === 'Running';
const isOver = ({ phase }: RunStatus): boolean => phase === 'Succeeded' || phase === 'Failed';

async function liveThrough(story: Life): Promise<RunBench> {
  const bench = begin(story);
  await bench.live(1);
  for (const { blow, after } of story.blows) {
    await liveUntil(bench, (status) => isTraining(status) || isOver(status));
    await live(bench, isOver, after);
    if (isOver(bench.status)) break;
    strike(bench, blow);
    await live(bench, isOver, 4);
    bench.training.flushes = true;
  }
  await liveUntil(bench, isOver);
  return bench;
}

test('totals are what really happened, and status is true all the way', async () => {
  await fc.assert(
    fc.asyncProperty(life, async (story) => {
      const { status, training } = await liveThrough(story);
      expect(status).toMatchObject({ phase: 'Succeeded' });
      const { history } = training;
      const { totals, attempts } = status;
      expect(totals.lostUpdates).toBe(history.updatesMade - story.target);
      expect(totals.gpuSeconds).toBe(gpus * history.heldSeconds);
      expect(totals).toMatchObject({ attempts: attempts.length, ...sumsOf(attempts) });
      expect(totals.lostGpuSeconds).toBeLessThanOrEqual(totals.gpuSeconds ?? 0);
      expect(totals.usefulSeconds).toBeLessThanOrEqual(totals.wallSeconds ?? 0);
    }),
    { numRuns: runs(12, 300) },
  );
}, 600_000);

const sumsOf = (attempts: readonly LedgerEntry[]) => ({
  lostUpdates: sum(attempts, ({ lostUpdates }) => lostUpdates),
  gpuSeconds: sum(attempts, ({ gpuSeconds }) => gpuSeconds),
  lostGpuSeconds: sum(attempts, ({ lostGpuSeconds }) => lostGpuSeconds),
});

const sum = (attempts: readonly LedgerEntry[], of: (entry: LedgerEntry) => number | undefined): number =>
  attempts.reduce((total, entry) => total + (of(entry) ?? 0), 0);

test('totals outlive the ledger: each of more attempts than it holds is counted once', async () => {
  const bench = begin({ pace: 1, stepEvery: 40, target: 200, logEvery: 1 });
  await bench.live(1);
  for (let attempt = 1; attempt <= 24; attempt += 1) {
    await liveUntil(bench, isTraining);
    await live(bench, isOver, 2);
    bench.training.flushes = attempt % 3 !== 0;
    bench.training.kubelet.evict({ namespace: 'voice', name: `zh-${attempt}-abcde` });
    await liveUntil(bench, ({ attempt: reserved }) => reserved > attempt);
    await live(bench, isOver, 3);
    bench.training.flushes = true;
  }
  await liveUntil(bench, isOver);
  const { history } = bench.training;
  expect(bench.status.attempts).toHaveLength(20);
  expect(bench.status.totals).toMatchObject({
    attempts: 25,
    disruptions: 24,
    failures: 0,
    lostUpdates: history.updatesMade - 200,
    gpuSeconds: gpus * history.heldSeconds,
  });
}, 120_000);
