// Which Jobs and pods of a run's name are its own, and what those of an earlier run of the name still mean.
import { expect, test } from 'vitest';
import { labels } from '../../src/api/names.ts';
import { podFacts } from '../../src/observation/pod-facts.ts';
import { ownJobs, type ReadPod, runJobs, runPods } from '../../src/observation/run-pods.ts';
import type { ContainerStatus, Job, Pod } from '../../src/ports/kube-objects.ts';
import { snapshotOf } from '../support/run-snapshots.ts';

const { run } = snapshotOf({});

const metadata = (name: string, uid: string, attempt: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-11-22T11:00:00Z',
  labels: { [labels.run]: run.name, [labels.runUid]: uid, [labels.attempt]: attempt },
});

const sync = (state: ContainerStatus['state']): ContainerStatus => ({
  name: 'sync',
  restartCount: 0,
  ...(state === undefined ? {} : { state }),
});

function read(name: string, uid: string, status: Pod['status'] = {}): ReadPod {
  const pod: Pod = { metadata: metadata(name, uid, '2'), status };
  const facts = podFacts(pod, undefined);
  if (facts === undefined) throw new Error('a pod of ours carries its attempt');
  return { pod, facts };
}

const running = { initContainerStatuses: [sync({ running: {} })] };

test('pods are told apart by the UID of their run; a stranger that has ended counts for nothing', () => {
  const own = read('zh-3-a', run.uid);
  const flushing = read('zh-2-a', 'another', running);
  const silent = read('zh-2-b', 'another');
  const over = read('zh-2-c', 'another', { phase: 'Failed' });
  const found = runPods([own, flushing, silent, over], run);
  expect(found.own).toEqual([own]);
  expect(found.strangers.map(({ name, flushes }) => ({ name, flushes }))).toEqual([
    { name: 'zh-2-a', flushes: true },
    { name: 'zh-2-b', flushes: false },
  ]);
});

test('the highest number counts whoever owns the Job; the Jobs that are read are our own', () => {
  const ours: Job = { metadata: metadata('zh-2', run.uid, '2') };
  const theirs: Job = { metadata: metadata('zh-7', 'another', '7') };
  const unnumbered: Job = { metadata: metadata('zh-x', run.uid, '07') };
  const jobs = [ours, theirs, unnumbered];
  expect(ownJobs(jobs, run)).toEqual([ours, unnumbered]);
  expect(runJobs(jobs, run)).toMatchObject({ highestJob: 7, jobs: [{ name: 'zh-2', number: 2 }] });
  expect(runJobs([], run)).toEqual({ highestJob: 0, jobs: [] });
});
