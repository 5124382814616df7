// A run deleted and applied again: it takes over what its predecessor saved, and never a number or a place that is not its own.
import { beforeEach, expect, test } from 'vitest';
import { runDocument } from '../../../src/wire/run-document.ts';
import { RunBench, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(async () => {
  bench = new RunBench();
  bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
  await bench.liveUntil(() => bench.status.phase === 'Running');
  await bench.live(5);
});

const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';

test('a run applied again while the old pod flushes waits for that and goes on from it', async () => {
  bench.deleteRun();
  bench.apply();
  await bench.pass();
  expect(bench.status).toMatchObject({
    attempt: 2,
    resumePoint: { attempt: 1, update: 10 },
    attempts: [{ number: 2 }],
  });
  expect(bench.marker).toMatchObject({ runUid: bench.run.metadata.uid, highestAttempt: 2 });
  expect(bench.events.map(({ reason }) => reason)).toContain('Adopted');
  await bench.liveUntil(isSucceeded);
  expect(bench.status.attempts).toMatchObject([
    { number: 2, cause: 'Succeeded', resumedFrom: { attempt: 1, update: 15 } },
  ]);
});

test('a run applied again later goes on from the last save', async () => {
  bench.deleteRun();
  await bench.live(3);
  expect([bench.jobNames, bench.training.pods]).toEqual([[], []]);
  bench.apply();
  await bench.liveUntil(isSucceeded);
  expect(bench.status.attempts).toMatchObject([{ number: 2, resumedFrom: { attempt: 1, update: 15 } }]);
});

test('a run applied again waits until somebody ends a pod that was left behind', async () => {
  const [pod] = bench.training.pods;
  bench.orphan();
  bench.apply();
  await bench.passes();
  expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 0 });
  expect(bench.status.message).toBe(
    `pod voice/zh-1-abcde of an earlier run of this name still runs, and the next attempt waits until it ends. If nothing ends it: kubectl delete pod -n voice zh-1-abcde`,
  );
  bench.training.kubelet.deletePod(pod?.metadata ?? { name: '' });
  await bench.liveUntil(isSucceeded);
  expect(bench.status.attempts).toMatchObject([{ number: 2, resumedFrom: { attempt: 1, update: 15 } }]);
});

test('a run of a name that has succeeded is refused and makes nothing', async () => {
  await bench.liveUntil(isSucceeded);
  bench.deleteRun();
  bench.apply();
  await bench.live(3);
  expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 0 });
  expect(bench.status.message).toContain('A run named zh already succeeded');
  expect(bench.jobNames).toEqual([]);
  expect(bench.marker).toMatchObject({ phase: 'Succeeded' });
});

test("another cluster's run of this name is left alone", async () => {
  bench.deleteRun();
  await bench.live(3);
  const foreign = {
    ...runDocument.parse(JSON.stringify(bench.marker), ''),
    clusterUid: 'elsewhere',
    runUid: 'theirs',
  };
  bench.objects.seed(`${runPrefix}run.json`, runDocument.format(foreign));
  bench.apply();
  await bench.live(3);
  expect(bench.status.message).toContain('run.json belongs to another cluster (UID elsewhere)');
  expect([bench.jobNames, bench.marker]).toEqual([[], foreign]);
});
