// A run that cannot go on is told in Events: one for each cause, however its numbers move.
import { beforeEach, expect, test } from 'vitest';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench();
});

const notes = (): readonly string[] =>
  bench.events
    .filter(({ reason }) => reason === 'StoreNotAvailable')
    .map(({ message }) => message)
    .toSorted();

async function stall(message: string): Promise<void> {
  bench.refusedStore = { kind: 'Unready', reason: 'StoreNotAvailable', message };
  await bench.passes();
}

test('another cause under the same reason is another Event', async () => {
  await stall('connect ECONNREFUSED 10.0.0.7:9000');
  await stall('Access Denied');
  expect(notes()).toEqual(['Access Denied', 'connect ECONNREFUSED 10.0.0.7:9000']);
});

test('other numbers are no other cause', async () => {
  await stall('connect ETIMEDOUT 10.0.0.7:9000 after 5.2s (request 0af1c2d3e4b5)');
  await stall('connect ETIMEDOUT 10.0.0.8:9000 after 1m3s (request 77aa11bb22cc)');
  expect(notes()).toEqual(['connect ETIMEDOUT 10.0.0.7:9000 after 5.2s (request 0af1c2d3e4b5)']);
  expect(bench.status.message).toContain('10.0.0.8');
});

test('other numbers after a change of the spec answer it', async () => {
  await stall('update 300 is not saved');
  bench.change({ spec: { restart: { maxFailures: 4 } } });
  await stall('update 350 is not saved');
  expect(notes()).toEqual(['update 300 is not saved', 'update 350 is not saved']);
});

test('causes that take turns are told once each', async () => {
  for (const cause of ['Access Denied', 'socket hang up 1', 'Access Denied', 'socket hang up 2'])
    await stall(cause);
  expect(notes()).toEqual(['Access Denied', 'socket hang up 1']);
});

test('a cause that comes back after an attempt is told again', async () => {
  await stall('Access Denied');
  bench.refusedStore = undefined;
  await bench.liveUntil(() => bench.status.phase === 'Running');
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
  await stall('Access Denied');
  await bench.live(60);
  expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 1 });
  expect(notes()).toEqual(['Access Denied', 'Access Denied']);
});
