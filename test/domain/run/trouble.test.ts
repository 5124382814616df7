// What keeps an attempt from starting, or its sync from carrying: told with the cure, while nothing is ended for it.
import { describe, expect, test } from 'vitest';
import type { ContainerFacts } from '../../../src/domain/run/facts.ts';
import { container, jobOfAttempt, passOver, podOfAttempt, statusWith } from '../../support/run-snapshots.ts';

const status = statusWith([{ number: 1 }]);

const lastExit = { exitCode: 1, message: 'no credentials' };
const loops = container('Waiting', { reason: 'CrashLoopBackOff', restarts: 3, lastExit });
const condition = (sync: ContainerFacts, bucket = [{ number: 1, last: [30] }]) =>
  passOver({ status, jobs: [jobOfAttempt(1)], pods: [podOfAttempt(1, { sync })], bucket }).status;

describe('a sync that keeps ending', () => {
  test('is told while the trainer goes on', () => {
    const after = condition(loops);
    expect(after.phase).toBe('Running');
    expect(after.message).toContain(
      '; container sync of pod zh-1-abcde keeps ending (exit code 1): what the trainer',
    );
    expect(after.conditions.find(({ type }) => type === 'CheckpointAvailable')).toMatchObject({
      status: 'True',
      reason: 'SyncFailing',
    });
    expect(condition(loops, []).conditions.find(({ reason }) => reason === 'SyncFailing')?.status).toBe(
      'False',
    );
  });

  test.each<{ name: string; sync: ContainerFacts }>([
    { name: 'runs', sync: container('Running') },
    { name: 'runs again', sync: container('Running', { restarts: 3, lastExit }) },
    { name: 'has not started yet', sync: container('Waiting', { reason: 'PodInitializing' }) },
  ])('is no trouble when it $name', ({ sync }) => {
    expect(condition(sync).message).not.toContain('sync');
  });
});
