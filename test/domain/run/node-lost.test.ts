// A node that went away: decided by the node's own state, not by who took the pod from it; then nothing waits for the pod.
import { describe, expect, test } from 'vitest';
import type { Cause } from '../../../src/domain/run/causes.ts';
import { stageOf } from '../../../src/domain/run/classification.ts';
import type { NodeState, PodFacts } from '../../../src/domain/run/facts.ts';
import {
  ago,
  deletedPod,
  evidenceOf,
  passOver,
  podOfAttempt,
  statusWith,
} from '../../support/run-snapshots.ts';

const ready: NodeState = { is: 'Ready' };
const silent = (seconds: number): NodeState => ({ is: 'NotReady', since: ago(seconds) });
const gone: NodeState = { is: 'Gone' };

const overdue = { deletion: { requestedAt: ago(1900), endsAt: ago(100) } };

describe('a pod that is being deleted', () => {
  test.each<readonly [string, Partial<PodFacts>, Cause]>([
    [
      'by the taint manager, from a node that answers',
      { disruption: 'DeletionByTaintManager', nodeState: ready },
      'Evicted',
    ],
    [
      'by the taint manager, from a silent node',
      { disruption: 'DeletionByTaintManager', nodeState: silent(60) },
      'NodeLost',
    ],
    [
      'by the taint manager, from a node that is gone',
      { disruption: 'DeletionByTaintManager', nodeState: gone },
      'NodeLost',
    ],
    [
      'by the pod collector, from a node that is gone',
      { disruption: 'DeletionByPodGC', nodeState: gone },
      'NodeLost',
    ],
    [
      'by the pod collector, from a node that answers',
      { disruption: 'DeletionByPodGC', nodeState: ready },
      'Disrupted',
    ],
    ['by a person, from a silent node, with grace left', { nodeState: silent(60) }, 'PodDeleted'],
    ['by a person, from a silent node, its grace over', { ...overdue, nodeState: silent(60) }, 'NodeLost'],
    ['by a person, from a node that answers, its grace over', { ...overdue, nodeState: ready }, 'PodDeleted'],
    [
      'by an eviction, from a silent node, its grace over',
      { ...overdue, disruption: 'EvictionByEvictionAPI', nodeState: silent(60) },
      'NodeLost',
    ],
  ])('%s: %s', (_name, facts, cause) => {
    expect(stageOf(evidenceOf({ pod: deletedPod(1, 5, facts) }))).toMatchObject({ stage: 'Ending', cause });
  });

  test.each<readonly [NodeState, string]>([
    [silent(60), 'node gpu-1 does not answer (DeletionByTaintManager)'],
    [gone, 'node gpu-1 is gone (DeletionByTaintManager)'],
  ])('says so: %j', (nodeState, message) => {
    const pod = deletedPod(1, 5, { disruption: 'DeletionByTaintManager', nodeState });
    expect(stageOf(evidenceOf({ pod }))).toMatchObject({ message });
  });
});

test('a silent node alone ends nothing: it may come back', () => {
  const pod = podOfAttempt(1, { nodeState: silent(600) });
  expect(stageOf(evidenceOf({ pod })).stage).toBe('Training');
});

describe('the next attempt', () => {
  const status = statusWith([{ number: 1 }]);
  const waitsFor = (facts: Partial<PodFacts>, spec = {}): number | undefined =>
    passOver({ status, spec, pods: [deletedPod(1, 5, facts)] }).decision.starts?.predecessor?.attempt.number;

  test('starts while the pod on the lost node still stands, and waits for nothing', () => {
    const pods = [deletedPod(1, 0, { disruption: 'DeletionByTaintManager', nodeState: silent(60) })];
    const { decision, status: after } = passOver({ status, pods });
    expect(decision.starts).toMatchObject({ number: 2, predecessor: undefined });
    expect(after.attempts.map(({ cause }) => cause)).toEqual([undefined, 'NodeLost']);
    expect(after.attempts[1]).not.toHaveProperty('endedAt');
  });

  test.each<readonly [string, Partial<PodFacts>, number | undefined]>([
    ['evicted from a node that answers', { disruption: 'EvictionByEvictionAPI' }, 1],
    ['taken by a taint from a node that answers', { disruption: 'DeletionByTaintManager' }, 1],
    ['deleted, its node silent for a moment', { nodeState: silent(59) }, 1],
    ['deleted, its node silent for nodeLostAfterSeconds', { nodeState: silent(60) }, undefined],
    ['deleted, its node gone', { nodeState: gone }, undefined],
  ])('waits for what a pod flushes that was %s: %s', (_name, facts, want) => {
    expect(waitsFor(facts)).toBe(want);
  });

  test('waits for a node that answers, also when a silent one is given up at once', () => {
    expect(waitsFor({}, { nodeLostAfterSeconds: 0 })).toBe(1);
    expect(waitsFor({ nodeState: silent(0) }, { nodeLostAfterSeconds: 0 })).toBeUndefined();
  });
});
