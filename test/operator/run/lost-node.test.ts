// A node that goes away, seen through the caches of the operator: the next attempt starts beside the pod that lingers, and one that waits
// for a pod that will never flush is told so.
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeStateOf } from '../../../src/operator/run/node-states.ts';
import type { World } from '../../../src/operator/run/world.ts';
import type { Node, Pod } from '../../../src/ports/kube-objects.ts';
import { agentEnvironment, agentEnvironmentVariable } from '../../../src/wire/agent-environment.ts';
import { endDocument } from '../../../src/wire/end-document.ts';
import { RunBench, runName, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(async () => {
  bench = new RunBench();
  bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
  await bench.liveUntil(() => bench.status.phase === 'Running');
  await bench.live(5);
});

const zombieEnd = endDocument.format({
  version: 1,
  attempt: { number: 1, pod: '11111111' },
  podUid: 'zombie',
  podWasEnding: true,
  flushed: true,
  filesSeen: 1,
  lastUpdateSeen: 900,
  lastUpdateSaved: 900,
  unsent: [],
  flushSeconds: 1,
});

const causes = () => bench.status.attempts.map(({ cause }) => cause);

const firstPod = () => {
  const [pod] = bench.training.pods;
  return { namespace: runName.namespace, name: pod?.metadata.name ?? '' };
};

/** Whom restore of this attempt waits for. */
function predecessorOf(attempt: number): number | undefined {
  const job = bench.jobs.find(({ metadata }) => metadata.name === `zh-${attempt}`);
  const variables = job?.spec.template.spec?.initContainers?.[0]?.env ?? [];
  const text = variables.find(({ name }) => name === agentEnvironmentVariable)?.value ?? '';
  return agentEnvironment.parse(text, 'the environment').predecessor?.attempt.number;
}

describe('a node that goes away', () => {
  test('gives its run to another attempt, which waits for nothing, while the pod still stands', async () => {
    bench.training.loseNode('gpu-1');
    bench.training.kubelet.evict(firstPod(), 'DeletionByTaintManager');
    await bench.passes();
    expect(causes()).toEqual([undefined, 'NodeLost']);
    expect(predecessorOf(2)).toBeUndefined();
    await bench.liveUntil(() => bench.status.phase === 'Succeeded');
    expect(causes()).toEqual(['Succeeded', 'NodeLost']);
    expect(bench.training.pods.map(({ spec }) => spec?.nodeName)).toContain('gpu-1');
    expect(bench.status.attempts[1]).not.toHaveProperty('endedAt');
  });

  test('soon after it evicted the pod, has the attempt that waits for the pod go on without it', async () => {
    bench.training.kubelet.evict(firstPod());
    bench.training.loseNode('gpu-1');
    await bench.live(3);
    expect(predecessorOf(2)).toBe(1);
    expect(causes()).toEqual([undefined, 'Evicted']);
    expect(bench.status.phase).toBe('Restoring');
    await bench.live(60);
    expect(bench.objects.keys(`${runPrefix}attempts/0001`)).toContainEqual(
      expect.stringMatching(/gone\.json$/),
    );
    expect(bench.status.phase).toBe('Running');
    await bench.liveUntil(() => bench.status.phase === 'Succeeded');
    expect(causes()).toEqual(['Succeeded', 'Evicted']);
  });
});

describe('a pod that is removed by force while the next attempt waits for its flush', () => {
  beforeEach(async () => {
    bench.training.kubelet.evict(firstPod());
    bench.training.loseNode('gpu-1');
    await bench.live(3);
    bench.training.kubelet.removePod(firstPod());
  });

  test('is waited for no longer', async () => {
    await bench.live(3);
    expect(bench.status).toMatchObject({ phase: 'Running', attempt: 2 });
    expect(bench.jobNames).toContain('zh-2');
  });

  test('is told to be gone once, also by an operator that did not hear that it was', async () => {
    bench.objects.faults.add({ on: 'put', after: 'Unavailable' });
    await expect(bench.passes()).rejects.toMatchObject({ code: 'Unavailable' });
    await bench.liveUntil(() => bench.status.phase === 'Succeeded');
    expect(causes()).toEqual(['Succeeded', 'Evicted']);
  });

  test('may flush after all, on a node that nobody hears of: the run goes on from where it is', async () => {
    await bench.live(3);
    const folder = bench.attemptKey(1).replace('attempt.json', '');
    bench.objects.seed(`${folder}last/model_900.pt`, 'x'.repeat(100));
    bench.objects.seed(`${folder}end.json`, zombieEnd);
    await bench.liveUntil(() => bench.status.phase === 'Succeeded');
    expect(bench.status).toMatchObject({ resumePoint: { update: 60, attempt: 2 } });
    expect(causes()).toEqual(['Succeeded', 'Evicted']);
  });
});

const condition = (status: string): NonNullable<Node['status']> => ({
  conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-11-22T12:00:00Z' }],
});

const node = (status: string): Node => ({
  metadata: { name: 'gpu-1', uid: 'n', resourceVersion: '1', creationTimestamp: '2026-11-22T11:00:00Z' },
  status: condition(status),
});

const pod = (reason?: string): Pod => ({
  metadata: {
    name: 'zh-1',
    uid: 'p',
    resourceVersion: '1',
    creationTimestamp: '2026-11-22T11:00:00Z',
    deletionTimestamp: '2026-11-22T12:30:00Z',
  },
  spec: { nodeName: 'gpu-1' },
  status: reason === undefined ? {} : { conditions: [{ type: 'DisruptionTarget', status: 'True', reason }] },
});

describe('the state of a node', () => {
  /** The watch still thinks that the node is Ready; the API server knows better. */
  const behind = {
    nodes: { get: () => node('True') },
    cluster: { get: async () => node('Unknown') },
  } as unknown as World;

  test('is asked anew where its pod was taken for it and the watch may be behind', async () => {
    const { signal } = new AbortController();
    expect(await nodeStateOf(behind, pod('DeletionByTaintManager'), signal)).toMatchObject({
      is: 'NotReady',
    });
    expect(await nodeStateOf(behind, pod('EvictionByEvictionAPI'), signal)).toEqual({ is: 'Ready' });
    expect(await nodeStateOf(behind, pod(), signal)).toEqual({ is: 'Ready' });
  });
});
