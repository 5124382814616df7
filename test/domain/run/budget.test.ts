// What the run has spent: maxDisruptions where a person sets it, and repeats that cost nothing folded into one row.
import { describe, expect, test } from 'vitest';
import { delayAfter } from '../../../src/domain/run/delay.ts';
import type { PodFacts } from '../../../src/domain/run/facts.ts';
import {
  container,
  deletedPod,
  ended,
  exited,
  passOver,
  type RunTale,
  statusWith,
} from '../../support/run-snapshots.ts';

const evicted = { disruption: 'EvictionByEvictionAPI', phase: 'Failed', trainer: exited(143, { ago: 3 }) };

/** Attempt 2 was evicted and has ended, after so many fruitless disruptions. */
const evictedAgain = (before: number, tale: RunTale = {}): RunTale => ({
  status: statusWith([{ number: 2 }, ended(1, 'Evicted')], { disruptions: before }),
  spec: { maxDisruptions: 3 },
  pods: [deletedPod(2, 5, evicted)],
  ...tale,
});

describe('disruptions', () => {
  test('never end a run by default', () => {
    const { status } = passOver(evictedAgain(1000, { spec: {} }));
    expect(status).toMatchObject({ phase: 'Restarting', disruptions: 1001 });
  });

  test('end it when maxDisruptions says so, with the cure', () => {
    const { decision, status } = passOver(evictedAgain(2));
    expect(decision).toMatchObject({
      starts: undefined,
      standing: { is: 'Failed', reason: 'TooManyDisruptions' },
    });
    expect(status).toMatchObject({ phase: 'Failed', disruptions: 3 });
    expect(status.message).toBe(
      'attempt 2: its pod on gpu-1 was disrupted (EvictionByEvictionAPI); 3 disruptions without progress reach restart.maxDisruptions (3). Raise it, let the trainer save more often, or give it a higher priority; or set the annotation reprise.dev/retry to a new value.',
    );
  });

  test('are counted anew after one that saved', () => {
    const { status } = passOver(evictedAgain(2, { bucket: [{ number: 2, last: [30] }] }));
    expect([status.phase, status.disruptions]).toEqual(['Restarting', undefined]);
  });

  test.each<{ name: string; pod: Partial<PodFacts>; disruptions: number | undefined }>([
    { name: 'whose trainer still waits for restore', pod: { trainer: container('Waiting') }, disruptions: 2 },
    { name: 'that was on no node', pod: { trainer: undefined, node: undefined }, disruptions: 2 },
    { name: 'without any word of its trainer', pod: { trainer: undefined }, disruptions: 3 },
    {
      name: 'whose trainer was lost with its node',
      pod: { trainer: container('Terminated', { reason: 'ContainerStatusUnknown', exitCode: 137 }) },
      disruptions: 3,
    },
  ])('of a pod $name are counted or not', ({ pod, disruptions }) => {
    const facts = { ...evicted, restore: exited(143), ...pod };
    const { status } = passOver(evictedAgain(2, { pods: [deletedPod(2, 5, facts)] }));
    expect(status.attempts[0]?.cause).toBe('Evicted');
    expect(status.disruptions).toBe(disruptions);
    expect(status.totals.disruptions).toBe((disruptions ?? 0) - 2);
  });

  test('wait for the flush that may still make the last one fruitful; a lost node is not waited for', () => {
    const flushing = passOver(
      evictedAgain(2, { pods: [deletedPod(2, 5, { disruption: 'EvictionByEvictionAPI' })] }),
    );
    expect(flushing.decision).toMatchObject({
      starts: undefined,
      standing: { is: 'Restarting' },
      recheck: 5,
    });
    expect(flushing.status.message).toContain(
      'whether it still saves anything decides if restart.maxDisruptions (3) is reached',
    );
    const lost = { disruption: 'DeletionByTaintManager', nodeState: { is: 'Gone' as const } };
    expect(passOver(evictedAgain(2, { pods: [deletedPod(2, 500, lost)] })).decision.starts?.number).toBe(3);
  });

  test.each<{ name: string; tale: RunTale }>([
    { name: 'a raised maxDisruptions', tale: { spec: { maxDisruptions: 4 } } },
    { name: 'a new value of the annotation', tale: { run: { retry: 'b' } } },
    { name: 'a changed workload', tale: { spec: { maxDisruptions: 3, workload: 'corrected' } } },
  ])('that ended it are lifted by $name', ({ tale }) => {
    const status = statusWith([ended(2, 'Evicted')], { phase: 'Failed', disruptions: 3, handledRetry: 'a' });
    const spec = { maxDisruptions: 3 };
    expect(passOver({ status, spec }).decision.starts).toBeUndefined();
    expect(passOver({ status, spec, ...tale }).decision.starts?.number).toBe(3);
  });
});

test('a corrected workload does not wait for what the old one did', () => {
  const status = statusWith([ended(2, 'TrainerFailed')], { failures: 2 });
  const at = (spec: RunTale['spec']): number | undefined =>
    passOver({
      status: { ...status, attempts: [ended(2, 'TrainerFailed', { endedAt: '1970-01-12T13:46:39Z' })] },
      spec: { ...spec },
    }).decision.starts?.number;
  expect([at({}), at({ workload: 'corrected' })]).toEqual([undefined, 3]);
});

test('ends that cost nothing back off by how many one row stands for', () => {
  const away = ended(9, 'StoreUnavailable', { repeats: 3 });
  expect(delayAfter([away, ended(5, 'Evicted')], 0)).toBe(40);
});
