// --wait, by way of suspend: it tells what happens, believes only news, and ends, whatever becomes of the run.
import { expect, test } from 'vitest';
import type { LedgerEntry, RunStatus } from '../../src/domain/run/status.ts';
import { CliBench } from '../support/cli-bench.ts';
import { refusal } from '../support/fake-cluster.ts';

const at = '2026-11-22T11:00:00Z';
const alive: LedgerEntry = { number: 2, startedAt: at };
const ending: LedgerEntry = { ...alive, cause: 'Suspended' };
const ended: LedgerEntry = { ...ending, endedAt: at };
const training: Partial<RunStatus> = { phase: 'Running', attempts: [alive], message: 'attempt 2 trains' };

function benchWith(status: Partial<RunStatus>): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  return bench;
}

const args = ['suspend', 'xiaoyi-zh', '--wait', '--timeout', '10m'] as const;

test('tells what happens, and ends once the pod is gone', async () => {
  const bench = benchWith(training);
  const running = bench.run(...args);
  await bench.clock.advance(1000);
  bench.setStatus({ phase: 'Suspended', attempts: [ending], message: 'the run is being suspended' });
  await bench.clock.advance(10_000);
  expect(bench.clock.sleeping).toBe(1);
  bench.setStatus({ phase: 'Suspended', attempts: [ended], message: 'the run is suspended' });
  await bench.clock.advance(2000);
  const { code, out, err } = await running;
  expect({ code, out }).toEqual({ code: 0, out: 'xiaoyi-zh is suspended.\n' });
  expect(err.split('\n').slice(1)).toEqual(['attempt 2 trains', 'the run is being suspended', '']);
});

test('does not believe a status of the spec before', async () => {
  const bench = benchWith({ phase: 'Suspended', attempts: [ended], message: 'the run is suspended' });
  const running = bench.run(...args);
  await bench.clock.advance(60_000);
  expect(bench.clock.sleeping).toBe(1);
  bench.setStatus({});
  await bench.clock.advance(2000);
  expect((await running).code).toBe(0);
});

test('gives up when the time is over, and says that what was asked stands', async () => {
  const bench = benchWith(training);
  const running = bench.run(...args);
  await bench.clock.advance(600_000);
  const { code, err } = await running;
  expect(code).toBe(1);
  expect(err).toMatch(
    /error: the run voice\/xiaoyi-zh is not suspended after 10m0s \(--timeout\); what was asked stands\. Last: attempt 2 trains\n$/,
  );
  expect(bench.storedRun().spec).toMatchObject({ suspend: true });
});

test('ends with the reason when it will not come there', async () => {
  const bench = benchWith(training);
  const running = bench.run(...args);
  await bench.clock.advance(1000);
  bench.setStatus({ phase: 'Succeeded', attempts: [ended], message: 'training is complete' });
  await bench.clock.advance(2000);
  const { code, err } = await running;
  expect(code).toBe(1);
  expect(err).toContain('will not be by itself: it is Succeeded: training is complete');
});

test('goes on while the API server is away, and says so', async () => {
  const bench = benchWith(training);
  const running = bench.run(...args);
  await bench.clock.advance(1000);
  bench.cluster.before = () => {
    throw refusal('Unavailable', 'cannot reach the API server');
  };
  await bench.clock.advance(10_000);
  bench.cluster.before = () => undefined;
  bench.setStatus({ phase: 'Suspended', attempts: [ended] });
  await bench.clock.advance(2000);
  const { code, err } = await running;
  expect(code).toBe(0);
  expect(err.match(/cannot reach the API server\n/g)).toHaveLength(1);
});

test.each([
  { name: 'is deleted', anew: false, says: 'there is no TTSTrainingRun "xiaoyi-zh"' },
  { name: 'is deleted and made anew', anew: true, says: 'was deleted and made anew meanwhile' },
])('ends when the run $name', async ({ anew, says }) => {
  const bench = benchWith(training);
  const running = bench.run(...args);
  await bench.clock.advance(1000);
  bench.deleteRun();
  if (anew) bench.seedRun({ phase: 'Suspended' });
  await bench.clock.advance(2000);
  const { code, err } = await running;
  expect(code).toBe(1);
  expect(err).toContain(says);
});

test('is interrupted at once', async () => {
  const bench = benchWith(training);
  const stop = new AbortController();
  const running = bench.runUntil(stop.signal, ...args);
  await bench.clock.advance(1000);
  stop.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
  expect({ sleeping: bench.clock.sleeping, open: bench.openClusters }).toEqual({ sleeping: 0, open: 0 });
});
