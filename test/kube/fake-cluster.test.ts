// The parts of the in-memory cluster that only a fake has: hooks, held watches, the kubelet's hands, garbage collection at once.
import { beforeEach, expect, test } from 'vitest';
import { FakeCluster, refusal } from '../support/fake-cluster.ts';
import { FakeKubelet } from '../support/fake-kubelet.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { jobs, pods } from '../../src/ports/kinds.ts';
import { configMap, configMaps, never } from '../contract/cluster-calls.contract.ts';

const owner = { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'voice', name: 'xiaoyi-1' } };
const name = { namespace: 'voice', name: 'xiaoyi-1' };

let clock: VirtualClock;
let cluster: FakeCluster;
let kubelet: FakeKubelet;

beforeEach(() => {
  clock = new VirtualClock();
  cluster = new FakeCluster({ clock });
  kubelet = new FakeKubelet(cluster, () => clock.now());
});

const podManifest = (owner?: { uid: string }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...name,
    ...(owner && {
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'Job', name: 'xiaoyi-1', uid: owner.uid, controller: true },
      ],
    }),
  },
  spec: { terminationGracePeriodSeconds: 1800 },
});

test('an evicted pod carries its condition and the end of its grace, and stays until its kubelet lets go', async () => {
  kubelet.createPod(podManifest());
  kubelet.bind(name, 'gpu-7');
  kubelet.setPodStatus(name, { phase: 'Running', podIP: '10.0.0.7' });
  kubelet.evict(name);
  const pod = await cluster.get(pods, name, never);
  expect(pod?.status).toMatchObject({ phase: 'Running', podIP: '10.0.0.7' });
  expect(pod?.status?.conditions?.[0]).toMatchObject({
    type: 'DisruptionTarget',
    reason: 'EvictionByEvictionAPI',
  });
  expect(pod?.metadata.deletionTimestamp).toBe('2026-11-22T12:30:00Z');
  expect(pod?.metadata.deletionGracePeriodSeconds).toBe(1800);
  kubelet.removePod(name);
  expect(kubelet.pod(name)).toBeUndefined();
});

test.each(['Pending', 'Succeeded', 'Failed'])('a pod that is %s goes at once', (phase) => {
  kubelet.createPod(podManifest());
  if (phase !== 'Pending') kubelet.bind(name, 'gpu-7');
  kubelet.setPodStatus(name, { phase });
  kubelet.deletePod(name);
  expect(kubelet.pod(name)).toBeUndefined();
});

test.each([
  { propagation: 'Background' as const, wantPod: false, wantJob: false },
  { propagation: 'Foreground' as const, wantPod: false, wantJob: false },
  { propagation: 'Orphan' as const, wantPod: true, wantJob: false },
])('deleting an owner, $propagation', async ({ propagation, wantPod, wantJob }) => {
  const made = await cluster.create(jobs, owner, never);
  kubelet.createPod(podManifest(made.metadata));
  await cluster.delete(jobs, { name, uid: made.metadata.uid, propagation }, never);
  expect((await cluster.get(jobs, name, never)) !== undefined).toBe(wantJob);
  expect(kubelet.pod(name) !== undefined).toBe(wantPod);
  expect(kubelet.pod(name)?.metadata.ownerReferences ?? []).toEqual([]);
});

test('an owner deleted in the foreground waits for the pod that still flushes', async () => {
  const made = await cluster.create(jobs, owner, never);
  kubelet.createPod(podManifest(made.metadata));
  kubelet.bind(name, 'gpu-7');
  await cluster.delete(jobs, { name, uid: made.metadata.uid, propagation: 'Foreground' }, never);
  expect((await cluster.get(jobs, name, never))?.metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(kubelet.pod(name)?.metadata.deletionTimestamp).toBeDefined();
  kubelet.removePod(name);
  expect(await cluster.get(jobs, name, never)).toBeUndefined();
});

test('an object created for an owner that is gone is collected', async () => {
  kubelet.createPod(podManifest({ uid: 'gone' }));
  expect(kubelet.pod(name)).toBeUndefined();
});

test('a call can be refused before, or its answer lost after, the commit', async () => {
  cluster.before = () => {
    throw refusal('Unavailable', 'connection reset');
  };
  const create = () => cluster.create(configMaps, configMap('voice', 'a'), never);
  await expect(create()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(cluster.storage.list(configMaps, {})).toEqual([]);
  cluster.before = () => undefined;
  cluster.after = cluster.before;
  cluster.after = () => {
    throw refusal('Unavailable', 'connection reset');
  };
  await expect(create()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(cluster.storage.list(configMaps, {})).toHaveLength(1);
});

test('a stalled call ends with its signal', async () => {
  cluster.before = () => new Promise(() => undefined);
  const stop = new AbortController();
  const call = cluster.get(configMaps, name, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(call).rejects.toThrow('stopped');
});

test('held watches lag behind and catch up in order', async () => {
  const cache = cluster.watch(configMaps, {}, never);
  await cache.synced(never);
  const hold = cluster.watches.hold();
  await cluster.create(configMaps, configMap('voice', 'a'), never);
  await cluster.create(configMaps, configMap('voice', 'b'), never);
  expect([...cache.values()]).toEqual([]);
  hold[Symbol.dispose]();
  expect([...cache.values()].map((one) => one.metadata.name)).toEqual(['a', 'b']);
});

test('a log is read from its end', async () => {
  cluster.setPodLog(name, 'trainer', 'one\ntwo\nthree\n');
  const tail = { ...name, container: 'trainer', lines: 2 };
  expect(await cluster.logTail(tail, never)).toBe('two\nthree\n');
  cluster.setPodLog(name, 'trainer', undefined);
  expect(await cluster.logTail(tail, never)).toBeUndefined();
});

test('what was handed out cannot be changed by its reader', async () => {
  const created = await cluster.create(configMaps, configMap('voice', 'a'), never);
  expect(() => Object.assign(created.metadata, { name: 'b' })).toThrow(TypeError);
});
