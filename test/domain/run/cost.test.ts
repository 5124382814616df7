// What an attempt cost: GPU-seconds held and lost, time trained, and the run's time that falls to it. Never more than was seen.
import { describe, expect, test } from 'vitest';
import { costOf, usefulSeconds, wallSeconds } from '../../../src/domain/run/cost.ts';
import { interruptionBefore } from '../../../src/domain/run/recovery.ts';
import type { LedgerEntry } from '../../../src/domain/run/status.ts';
import { ago, ended, exited, podOfAttempt, timeAgo } from '../../support/run-snapshots.ts';

/** Trained from 800 s ago on, made 100 updates, saved 75 of them, stopped 200 s ago. */
const attempt: LedgerEntry = ended(2, 'Evicted', {
  startedAt: timeAgo(1000),
  stoppedAt: timeAgo(200),
  firstUpdateAt: timeAgo(800),
  endedAt: timeAgo(100),
  gpus: 4,
  resumedFrom: { key: 'k', attempt: 1, update: 30 },
  endUpdate: 130,
  savedUpdate: 105,
  lostUpdates: 25,
  segments: { schedule: 10 },
});
const pod = podOfAttempt(2, {
  scheduledAt: ago(990),
  trainer: exited(143, { ago: 199 }),
  sync: exited(0, { ago: 150 }),
});

describe('an attempt', () => {
  test('holds its GPUs from its place on the node to the end of its last container', () => {
    expect(costOf(attempt, pod)).toEqual({ gpuSeconds: 4 * 840, trainedSeconds: 600, lostGpuSeconds: 600 });
  });

  test('whose pod is gone, held them at least until it stopped', () => {
    expect(costOf(attempt, undefined)).toMatchObject({ gpuSeconds: 4 * 790 });
  });

  test('whose log could not be read, trained from the start of its trainer', () => {
    const { firstUpdateAt: _, ...unread } = attempt;
    const trainer = exited(143, { ago: 199, startedAt: ago(850) });
    expect(costOf(unread, { ...pod, trainer })).toMatchObject({ trainedSeconds: 650 });
    expect(costOf(unread, undefined)).toMatchObject({ trainedSeconds: 0, lostGpuSeconds: 0 });
  });

  test.each<{ name: string; facts: Partial<LedgerEntry>; lost: number; useful: number }>([
    { name: 'a quarter', facts: {}, lost: 600, useful: 450 },
    { name: 'nothing', facts: { lostUpdates: 0 }, lost: 0, useful: 600 },
    { name: 'everything', facts: { lostUpdates: 100 }, lost: 2400, useful: 0 },
    { name: 'nothing, having made nothing', facts: { endUpdate: 30, lostUpdates: 0 }, lost: 0, useful: 600 },
    { name: 'nothing anybody saw', facts: { endUpdate: undefined, lostUpdates: 0 }, lost: 0, useful: 600 },
  ])('that lost $name, lost as much of its time', ({ facts, lost, useful }) => {
    const entry = { ...attempt, ...facts };
    const cost = costOf(entry, pod);
    expect(cost.lostGpuSeconds).toBe(lost);
    expect(usefulSeconds({ ...entry, ...cost })).toBe(useful);
  });

  test('without a pod costs nothing, and without GPUs no GPU-seconds', () => {
    expect(costOf({ number: 1, cause: 'PodDeleted', endedAt: timeAgo(5) }, undefined)).toEqual({});
    expect(costOf({ ...attempt, gpus: 0 }, pod)).toMatchObject({ gpuSeconds: 0, lostGpuSeconds: 0 });
  });
});

test.each<{ name: string; before: readonly LedgerEntry[]; want: number }>([
  { name: 'its own making, at first', before: [], want: 800 },
  {
    name: 'the interruption before it',
    before: [ended(1, 'Evicted', { stoppedAt: timeAgo(1100), endedAt: timeAgo(950) })],
    want: 900,
  },
  {
    name: 'a failure before it, the wait included',
    before: [ended(1, 'TrainerFailed', { stoppedAt: timeAgo(1300) })],
    want: 1100,
  },
  {
    name: 'an end nobody saw, but not later than its own making',
    before: [ended(1, 'NodeLost', { endedAt: timeAgo(300) })],
    want: 800,
  },
  {
    name: 'its own making after a suspension',
    before: [ended(1, 'Suspended', { stoppedAt: timeAgo(9000) })],
    want: 800,
  },
  {
    name: 'its own making after a person had to act',
    before: [ended(1, 'RestoreStopped', { stoppedAt: timeAgo(9000) })],
    want: 800,
  },
  {
    name: 'the interruption before a number that was given up',
    before: [
      ended(2, 'NumberGivenUp', { startedAt: undefined }),
      ended(1, 'Evicted', { stoppedAt: timeAgo(1100) }),
    ],
    want: 900,
  },
])('the time of the run falls to an attempt from $name', ({ before, want }) => {
  expect(wallSeconds(attempt, [attempt, ...before])).toBe(want);
});

test('none of it falls to a number that was given up', () => {
  const before = ended(1, 'Evicted', { stoppedAt: timeAgo(1100) });
  const givenUp = ended(2, 'NumberGivenUp');
  expect(wallSeconds(givenUp, [givenUp, before])).toBe(0);
});

test('what is interrupted is the attempt just before, listed or not', () => {
  const older = ended(1, 'Evicted', { stoppedAt: timeAgo(5000) });
  expect(interruptionBefore({ number: 3 }, [attempt, older])).toBe(ago(200));
  expect(interruptionBefore({ number: 1 }, [attempt])).toBeUndefined();
});
