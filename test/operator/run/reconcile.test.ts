// A run from its first pass to its last, over fakes: fresh, evicted, crashed, retried, suspended, replaced.
import { beforeEach, describe, expect, test } from 'vitest';
import { attemptId } from '../../support/bucket-facts.ts';
import { environmentOf } from '../../support/fake-attempt-files.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench();
});

const causes = (): readonly (string | undefined)[] => bench.status.attempts.map(({ cause }) => cause);
const isRunning = (): boolean => bench.status.phase === 'Running';
const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';
const podName = (attempt: number) => ({ namespace: 'voice', name: `zh-${attempt}-abcde` });

test('a fresh run is trained to its end', async () => {
  await bench.pass();
  expect(bench.status).toMatchObject({
    phase: 'Pending',
    attempt: 1,
    store: 'main',
    message: 'attempt 1 starts from scratch',
  });
  expect(bench.jobNames).toEqual(['zh-1']);
  await bench.liveUntil(isRunning);
  expect(bench.status.message).toBe('attempt 1 on gpu-1, from scratch; nothing is saved yet');
  await bench.liveUntil(isSucceeded);
  expect(bench.status).toMatchObject({
    message: 'training is complete; update 100 is saved',
    resumePoint: { attempt: 1, update: 100, kind: 'Last' },
    progress: { update: 100, plannedUpdates: 100, percent: 100 },
    attempts: [
      {
        number: 1,
        cause: 'Succeeded',
        exitCode: 0,
        savedUpdate: 100,
        endUpdate: 100,
        lostUpdates: 0,
        lostUpdatesIsLowerBound: false,
      },
    ],
    totals: { attempts: 1, disruptions: 0, failures: 0 },
  });
  expect(bench.jobs[0]?.spec.ttlSecondsAfterFinished).toBe(86_400);
  expect(bench.marker).toMatchObject({ phase: 'Succeeded', highestAttempt: 1 });
  expect(bench.events.map(({ reason }) => reason).toSorted()).toEqual(['AttemptStarted', 'Succeeded']);
});

test('a run that succeeded is let alone, and looked at only when something changes', async () => {
  await bench.liveUntil(isSucceeded);
  expect(await bench.passes()).toBeUndefined();
  bench.change({
    metadata: { annotations: { 'reprise.dev/retry': 'again' } },
    spec: { trainer: { args: ['x'] } },
  });
  await bench.live(3);
  expect(bench.status).toMatchObject({ phase: 'Succeeded', attempt: 1, observedGeneration: 2 });
  expect(bench.jobNames).toEqual(['zh-1']);
});

describe('an eviction', () => {
  beforeEach(async () => {
    bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
    await bench.liveUntil(isRunning);
    await bench.live(5);
    bench.training.kubelet.evict(podName(1));
  });

  test('makes the next Job in the very pass that sees it, and tells it what to wait for and to find', async () => {
    await bench.pass();
    expect(bench.jobNames).toEqual(['zh-1', 'zh-2']);
    const { attempt, expected, predecessor } = environmentOf(bench.jobs[1]?.spec.template ?? {});
    const former = attemptId(1, bench.training.kubelet.pod(podName(1))?.metadata.uid.slice(0, 8));
    expect(attempt).toBe(2);
    expect(expected).toEqual({ attempt: former, update: 10 });
    // terminationGracePeriodSeconds is 1800
    expect(predecessor).toEqual({ attempt: former, until: bench.clock.now() + 1_800_000 });
    expect(bench.status).toMatchObject({
      phase: 'Restarting',
      attempt: 2,
      attempts: [{ number: 2 }, { number: 1, cause: 'Evicted' }],
    });
    expect(bench.status.message).toBe(
      'attempt 2 starts from update 10 or newer; attempt 1 ended: its pod on gpu-1 was disrupted (EvictionByEvictionAPI)',
    );
  });

  test('loses nothing: the next attempt goes on from what was flushed', async () => {
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([
      { number: 2, cause: 'Succeeded', resumedFrom: { attempt: 1, update: 15 } },
      { number: 1, cause: 'Evicted', exitCode: 143, savedUpdate: 15, endUpdate: 15, lostUpdates: 0 },
    ]);
    expect(bench.status.totals).toMatchObject({ attempts: 2, disruptions: 1, failures: 0, lostUpdates: 0 });
    expect(bench.events.map(({ reason }) => reason).toSorted()).toEqual([
      'AttemptStarted',
      'AttemptStarted',
      'Evicted',
      'Succeeded',
    ]);
  });

  test('without a flush loses what was not saved, and says how much', async () => {
    bench.training.flushes = false;
    await bench.live(1);
    bench.training.flushes = true;
    const first = () => bench.status.attempts.find(({ number }) => number === 1);
    await bench.liveUntil(() => first()?.endedAt !== undefined);
    expect(first()).toMatchObject({
      cause: 'Evicted',
      savedUpdate: 10,
      endUpdate: 15,
      lostUpdates: 5,
    });
  });
});

test('a pod that is marked for eviction and then spared goes on', async () => {
  await bench.liveUntil(isRunning);
  const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }];
  bench.training.kubelet.setPodStatus(podName(1), { conditions });
  await bench.liveUntil(isSucceeded);
  expect(causes()).toEqual(['Succeeded']);
});

test('what retention deleted is told by the next pass, which the sweep asks for', async () => {
  bench.change({ spec: { retention: { keepNewest: 1, minAgeSeconds: 0 } } });
  await bench.liveUntil(() => bench.status.checkpoints?.newest.some(isCondemned) === true);
  const before = bench.checkpoints.length;
  await bench.clock.advance(bench.graceSeconds * 1000);
  expect(await bench.passes()).toBe(1);
  expect(bench.checkpoints.length).toBeLessThan(before);
  await bench.passes();
  expect(bench.status.totals.reclaimedBytes).toBeGreaterThan(0);
  expect(bench.status.checkpoints?.count).toBe(bench.checkpoints.length);
});

const isCondemned = ({ verdict }: { readonly verdict: string }): boolean => verdict === 'Condemned';

describe('a trainer that fails', () => {
  test('is tried again after a while, the wait doubling, until the budget is used up', async () => {
    bench.change({ spec: { restart: { maxFailures: 2 } } });
    bench.training.flushes = false;
    bench.training.script = { pace: 10, stepEvery: 1000, target: 100, crashes: [15, 15, 15] };
    await bench.liveUntil(() => bench.status.failures === 1);
    expect(bench.status).toMatchObject({ phase: 'Restarting', attempt: 1, totals: { failures: 1 } });
    expect(bench.status.message).toMatch(
      /exit code 1; the next starts at 2026-11-22T[0-9:]+Z; nothing is saved yet; 1 of 2 failures used$/,
    );
    expect(await bench.passes()).toBe(9);
    await bench.live(8);
    expect(bench.jobNames).toEqual(['zh-1']);
    await bench.liveUntil(() => bench.status.phase === 'Failed');
    expect(bench.status).toMatchObject({
      attempt: 2,
      failures: 2,
      attempts: [{ cause: 'TrainerFailed' }, { cause: 'TrainerFailed' }],
    });
    expect(bench.status.message).toContain('2 failures without progress reach restart.maxFailures (2)');
    expect(await bench.passes()).toBeUndefined();
  });

  test('goes on when the annotation asks for it, with a budget as new', async () => {
    bench.change({ spec: { restart: { maxFailures: 1 } } });
    bench.training.flushes = false;
    bench.training.script = { pace: 10, stepEvery: 1000, target: 100, crashes: [15] };
    await bench.liveUntil(() => bench.status.phase === 'Failed');
    bench.training.flushes = true;
    bench.change({ metadata: { annotations: { 'reprise.dev/retry': '1' } } });
    await bench.liveUntil(isSucceeded);
    expect(bench.status).toMatchObject({ attempt: 2, failures: 0, handledRetry: '1' });
  });

  test('that saved in between never uses the budget up', async () => {
    bench.change({ spec: { restart: { maxFailures: 1 } } });
    bench.training.script = { pace: 10, stepEvery: 1000, target: 100, crashes: [15, 35, 55] };
    await bench.liveUntil(isSucceeded);
    expect(causes()).toEqual(['Succeeded', 'TrainerFailed', 'TrainerFailed', 'TrainerFailed']);
    expect(bench.status).toMatchObject({ failures: 0, totals: { failures: 3 } });
  });
});

describe('a suspension', () => {
  beforeEach(async () => {
    bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
    await bench.liveUntil(isRunning);
    await bench.live(2);
    bench.change({ spec: { suspend: true, suspendMode: 'Now' } });
  });

  test('ends the attempt after its flush and frees the node; lifted, the run goes on from there', async () => {
    await bench.live(4);
    expect(bench.status).toMatchObject({
      phase: 'Suspended',
      attempts: [{ number: 1, cause: 'Suspended', exitCode: 143, savedUpdate: 6 }],
      totals: { disruptions: 0, failures: 0 },
    });
    expect([bench.jobNames, bench.training.pods]).toEqual([[], []]);
    bench.change({ spec: { suspend: false } });
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts[0]).toMatchObject({ number: 2, resumedFrom: { update: 6 } });
  });

  test('lifted at once still waits for the flush of the pod it has sent away', async () => {
    await bench.pass();
    bench.change({ spec: { suspend: false } });
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([
      { number: 2, resumedFrom: { update: 6 } },
      { number: 1, cause: 'Suspended', lostUpdates: 0 },
    ]);
  });
});

test('a spec that changes while the attempt waits for a node replaces it', async () => {
  bench.training.hasRoom = false;
  await bench.live(3);
  bench.change({ spec: { trainer: { image: 'registry.example/f5-tts:2' } } });
  await bench.live(2);
  expect(bench.jobNames).toEqual(['zh-2']);
  expect(bench.jobs[0]?.spec.template.spec?.containers[0]?.image).toBe('registry.example/f5-tts:2');
  bench.training.hasRoom = true;
  await bench.liveUntil(isSucceeded);
  expect(causes()).toEqual(['Succeeded', 'Replaced']);
  expect(bench.status.totals).toMatchObject({ disruptions: 0, failures: 0 });
});
