// A Job that turns up after its number was given up is deleted, never taken for an attempt of the run.
import { beforeEach, describe, expect, test } from 'vitest';
import { answering, ReservationBench } from '../../support/reservation-bench.ts';

let bench: ReservationBench;

beforeEach(() => {
  bench = new ReservationBench();
});

describe('a Job whose number was given up', () => {
  beforeEach(async () => {
    await bench.stopAtCreate('stopped before');
    bench.restartOperator();
    await bench.liveUntil(() => bench.status.phase === 'Running');
  });

  test('is deleted when it turns up, and the run goes on with the attempt it has', async () => {
    bench.makeJob(1);
    await bench.passes();
    expect(bench.jobNames).toEqual(['zh-2']);
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.ledger).toEqual([
      { number: 2, cause: 'Succeeded' },
      { number: 1, cause: 'NumberGivenUp' },
    ]);
    expect(bench.events.map(({ reason }) => reason)).toContain('LateJob');
    expect(bench.training.history.trainedSideBySide).toBe(false);
  });

  test('is deleted with its pod, though the operator was away while it came, and what it cost is counted', async () => {
    bench.training.script = { ...bench.training.script, pace: 1 };
    bench.makeJob(1);
    for (let second = 0; second < 4; second += 1) {
      await bench.training.turn();
      await bench.clock.advance(1000);
    }
    await bench.live(4);
    expect(bench.training.pods.map(({ metadata }) => metadata.name)).toEqual(['zh-2-abcde']);
    expect(bench.status.attempts[1]).toMatchObject({
      number: 1,
      cause: 'NumberGivenUp',
      pod: 'zh-1-abcde',
      message: 'its Job came after its number was given up, and is deleted',
    });
    expect(bench.status.attempts[1]).toHaveProperty('endedAt');
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.status.attempts).toHaveLength(2);
  });
});

test('a Job that no row of the ledger tells of any more is deleted', async () => {
  await bench.stopAtCreate('stopped before');
  bench.cluster.before = answering('Forbidden', 'exceeded quota');
  for (let start = 0; start < 3; start += 1) {
    bench.restartOperator();
    await bench.live(30);
  }
  bench.cluster.before = () => undefined;
  await bench.liveUntil(() => bench.status.phase === 'Running');
  expect(bench.status.attempts.map(({ number }) => number)).not.toContain(1);
  bench.makeJob(1);
  await bench.passes();
  expect(bench.jobNames).not.toContain('zh-1');
  await bench.liveUntil(bench.isSucceeded);
});
