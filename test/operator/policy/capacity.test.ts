// A policy's capacity over several runs: what goes for it, when, and when nothing does.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { graceSeconds, OperatorBench, sweepSeconds } from '../../support/operator-bench.ts';

let bench: OperatorBench;

beforeEach(() => {
  bench = new OperatorBench();
});
afterEach(async () => bench.end());

const tens = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => (at + 1) * 10);

/** Room for 10 checkpoints; above it 8 stay. */
const room = { bytes: '1000', highThresholdPercent: 100, lowThresholdPercent: 80 };

test('above it Steps of the runs that hold most go, after the grace', async () => {
  bench.applyRun('zh', tens(5));
  bench.applyRun('en', tens(8));
  bench.applyPolicy('voice', { capacity: room });
  await bench.live(graceSeconds - 5);
  expect([...bench.steps('zh'), ...bench.steps('en')]).toHaveLength(13);
  expect(bench.told('voice', 'CapacitySatisfied')).toMatchObject({ status: 'True', reason: 'Evicting' });
  expect(bench.policyStatus('voice')).toMatchObject({
    runs: 2,
    kept: { checkpoints: 8 },
    condemned: { checkpoints: 5 },
    capacity: { bytes: 1000, usedBytes: 1300, percent: 130 },
  });
  await bench.sweeps(2);
  // The very Steps that the planner takes of these two: test/domain/retention/capacity.test.ts.
  expect(bench.steps('zh')).toEqual([20, 30, 40, 50]);
  expect(bench.steps('en')).toEqual([20, 40, 70, 80]);
  expect(bench.told('voice', 'CapacitySatisfied').reason).toBe('WithinCapacity');
  expect(bench.policyStatus('voice')).toMatchObject({ reclaimedBytes: 500, reclaimedCostPerMonth: '0.00' });
  expect(bench.events.map(({ reason }) => reason)).toContain('CapacityExceeded');
});

test('up to it nothing goes', async () => {
  bench.applyRun('zh', tens(10));
  bench.applyPolicy('voice', { capacity: room });
  await bench.sweeps(3);
  expect(bench.steps('zh')).toHaveLength(10);
  expect(bench.told('voice', 'CapacitySatisfied').reason).toBe('WithinCapacity');
});

test('of an audited one it is only told what would go', async () => {
  bench.applyRun('zh', tens(13));
  bench.applyPolicy('voice', { capacity: room, mode: 'Audit' });
  await bench.sweeps(3);
  expect(bench.steps('zh')).toHaveLength(13);
  expect(bench.policyStatus('voice')).toMatchObject({
    audit: { checkpoints: 5 },
    condemned: { checkpoints: 0 },
  });
});

test('what cannot go is told, with the runs that hold it and why', async () => {
  bench.applyRun('zh', tens(6), { pins: tens(6).map((update) => ({ update, attempt: 0, reason: 'demo' })) });
  bench.applyRun('en', tens(8));
  bench.applyPolicy('voice', { capacity: { ...room, bytes: '500' }, floor: { keepNewest: 3 } });
  await bench.sweeps(3);
  expect(bench.steps('zh')).toHaveLength(6);
  expect(bench.steps('en')).toEqual([60, 70, 80]);
  const { status, reason, message } = bench.told('voice', 'CapacitySatisfied');
  expect({ status, reason }).toEqual({ status: 'False', reason: 'CapacityUnsatisfiable' });
  expect(message).toContain('voice/zh (600 B: ResumePoint, BeforeResumePoint, Pinned');
  expect(message).toContain('Raise spec.capacity.bytes');
});

describe('nothing goes', () => {
  test('while a run that it selects cannot be read, and the message names it', async () => {
    bench.applyRun('zh', tens(13));
    bench.applyRun('en', tens(1));
    bench.objects.seed('prod/voice/en/run.json', '{"version": 9}');
    bench.applyPolicy('voice', { capacity: room });
    await bench.sweeps(3);
    expect(bench.steps('zh')).toHaveLength(13);
    const { reason, message } = bench.told('voice', 'CapacitySatisfied');
    expect(reason).toBe('NotCounted');
    expect(message).toContain('voice/en');
    bench.seedRun('en', tens(1), {
      runUid: bench.uidOf('en'),
    });
    await bench.sweeps(3);
    expect(bench.steps('zh')).toHaveLength(7);
  });

  test('before the store was swept', async () => {
    bench.applyRun('zh', tens(13));
    bench.applyPolicy('voice', { capacity: room });
    bench.objects.faults.add({ on: 'scan', midway: 'Unavailable', times: Infinity });
    await bench.live(5 * graceSeconds);
    expect(bench.steps('zh')).toHaveLength(13);
    expect(bench.told('voice', 'CapacitySatisfied').message).toContain('main was not swept yet');
  });

  test('for a policy that was changed within the grace', async () => {
    bench.applyRun('zh', tens(13));
    bench.applyPolicy('voice', { capacity: room });
    await bench.live(graceSeconds - 5);
    bench.changePolicy('voice', { spec: { capacity: { ...room, bytes: '2000' } } });
    await bench.sweeps(3);
    expect(bench.steps('zh')).toHaveLength(13);
  });
});

describe('when another policy comes', () => {
  /** For runs that nobody has. */
  const ofNobody = { selector: { runs: { matchLabels: { speaker: 'nobody' } } } };

  test('what a capacity takes goes on being condemned, and its grace goes on', async () => {
    bench.applyRun('zh', tens(13));
    bench.applyPolicy('voice', { capacity: room });
    await bench.live(graceSeconds - 5);
    const before = bench.runStatus('zh')?.retention;
    expect(before?.condemned.checkpoints).toBe(5);
    bench.applyPolicy('other', ofNobody);
    for (let tick = 0; tick < 10; tick += 1) {
      await bench.live(0.1);
      expect(bench.runStatus('zh')?.retention?.condemned).toEqual(before?.condemned);
    }
    await bench.live(15);
    expect(bench.steps('zh')).toHaveLength(8);
  });

  test('a run does not cease to ask for what a capacity takes', async () => {
    bench.applyRun('zh', tens(13));
    bench.applyPolicy('voice', { capacity: room, approveAbove: { percent: 0, checkpoints: 1 } });
    await bench.live(sweepSeconds);
    const asked = bench.runStatus('zh')?.retention?.approval;
    expect(asked).toMatchObject({ checkpoints: 5 });
    bench.applyPolicy('other', ofNobody);
    for (let tick = 0; tick < 100; tick += 1) {
      await bench.live(0.1);
      expect(bench.runStatus('zh')?.retention?.approval).toEqual(asked);
    }
  });

  test('nothing goes for a capacity before all is planned with it', async () => {
    bench.applyRun('zh', tens(13));
    bench.applyRun('en', tens(1));
    bench.applyPolicy('voice', { capacity: room });
    await bench.live(graceSeconds - 5);
    expect(bench.runStatus('zh')?.retention?.condemned.checkpoints).toBe(6);
    // Of this run nobody can say what the new policy makes of it, so that nobody can plan.
    bench.objects.seed('prod/voice/en/run.json', '{"version": 9}');
    bench.applyPolicy('other', ofNobody);
    await bench.sweeps(2);
    expect(bench.steps('zh')).toHaveLength(13);
    expect(bench.runStatus('zh')?.retention?.condemned.checkpoints).toBe(6);
    bench.seedRun('en', tens(1), { runUid: bench.uidOf('en') });
    await bench.sweeps(1);
    expect(bench.steps('zh')).toHaveLength(7);
  });
});

test('a killed operator begins the grace again', async () => {
  bench.applyRun('zh', tens(13));
  bench.applyPolicy('voice', { capacity: room });
  await bench.live(graceSeconds - 5);
  await bench.kill();
  await bench.live(graceSeconds - 5);
  expect(bench.steps('zh')).toHaveLength(13);
  await bench.live(sweepSeconds);
  expect(bench.steps('zh')).toHaveLength(8);
});

test('an operator that may not be the leader takes nothing', async () => {
  bench.applyRun('zh', tens(13));
  bench.applyPolicy('voice', { capacity: room });
  bench.mayDelete = async () => undefined;
  await bench.sweeps(3);
  expect(bench.steps('zh')).toHaveLength(13);
  bench.mayDelete = async () => 60_000;
  await bench.sweeps(1);
  expect(bench.steps('zh')).toHaveLength(8);
});
