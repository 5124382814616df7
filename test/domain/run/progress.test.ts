// How far a run is, how fast, and when it is worth a write.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration } from '../../../src/domain/run/progress.ts';
import type { Snapshot } from '../../../src/domain/run/facts.ts';
import type { Progress } from '../../../src/domain/run/status.ts';
import { lastUpdateIn } from '../../../src/domain/run/trainer-log.ts';
import { runs } from '../../support/counts.ts';
import {
  ago,
  deletedPod,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  snapshotOf,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const bucket = [{ number: 1, last: [30] }];

const training = (update: number | undefined, progress?: Progress, tale: RunTale = {}): RunTale => ({
  status: statusWith([{ number: 1 }], progress === undefined ? {} : { progress }),
  pods: [podOfAttempt(1)],
  bucket,
  snapshot: { sight: sightOf(1, update, { plannedUpdates: 120 }) },
  ...tale,
});

const progressOf = (tale: RunTale): Progress | undefined => passOver(tale).status.progress;

const readAgo = (seconds: number): Progress => ({
  update: 40,
  source: 'Pod',
  plannedUpdates: 120,
  updatesPerSecond: '1.0',
  observedAt: timeAgo(seconds),
});

describe('progress', () => {
  test('at the first look has no pace yet', () => {
    expect(progressOf(training(40))).toEqual({
      update: 40,
      source: 'Pod',
      advancedAt: timeAgo(0),
      plannedUpdates: 120,
      percent: 33,
      unsavedUpdates: 10,
      observedAt: timeAgo(0),
    });
  });

  const behind = (facts: Partial<Snapshot>, before?: Progress): Progress | undefined => {
    const tale = training(40, before);
    const sight = sightOf(1, 20, { seenAt: ago(30), advancedAt: ago(35) });
    return progressOf({
      ...tale,
      bucket: [{ number: 1, last: [30] }],
      snapshot: { ...tale.snapshot, sight, ...facts },
    });
  };

  test('of a trainer whose log lags behind its saves is what is saved, and true only now', () => {
    expect(behind({})).toMatchObject({
      update: 30,
      unsavedUpdates: 0,
      observedAt: timeAgo(0),
      advancedAt: timeAgo(0),
    });
    const told = { update: 30, source: 'Pod', advancedAt: timeAgo(20), observedAt: timeAgo(20) } as const;
    expect(behind({}, told)).toMatchObject({ advancedAt: timeAgo(20) });
  });

  test('does not say what is unsaved when something may have come since the bucket was read', () => {
    const { snapshot, ...tale } = training(40);
    const { bucket } = snapshotOf(tale);
    const old = { ...bucket, asOf: ago(10) } as Snapshot['bucket'];
    const progress = progressOf({ ...tale, snapshot: { ...snapshot, bucket: old } });
    expect(progress).toMatchObject({ update: 40 });
    expect(progress?.unsavedUpdates).toBeUndefined();
  });

  test('has the pace since the last look, and an ETA at that pace', () => {
    const before = { update: 20, observedAt: timeAgo(10) };
    expect(progressOf(training(40, before))).toMatchObject({ updatesPerSecond: '2.0', eta: '40s' });
  });

  test('smooths the pace over several looks', () => {
    const before = { update: 30, updatesPerSecond: '2.0', observedAt: timeAgo(10) };
    expect(progressOf(training(40, before))).toMatchObject({ updatesPerSecond: '1.7' });
  });

  test.each([
    {
      name: 'less than a second has passed',
      before: { update: 30, updatesPerSecond: '2.0', observedAt: timeAgo(0) },
    },
    {
      name: 'nothing was trained since',
      before: { update: 40, updatesPerSecond: '2.0', observedAt: timeAgo(60) },
    },
    {
      name: 'the counter was set back by a restart',
      before: { update: 55, updatesPerSecond: '2.0', observedAt: timeAgo(60) },
    },
  ])('keeps the last pace when $name', ({ before }) => {
    expect(progressOf(training(40, before))?.updatesPerSecond).toBe('2.0');
  });

  test('writes a fast pace as a decimal too', () => {
    expect(progressOf(training(100, { update: 0, observedAt: timeAgo(1) }))?.updatesPerSecond).toBe('100');
    expect(progressOf(training(1240, { update: 0, observedAt: timeAgo(1) }))?.updatesPerSecond).toBe('1240');
  });

  test.each<{ name: string; tale: RunTale; want: Progress | undefined }>([
    {
      name: 'the log cannot be read',
      tale: training(undefined),
      want: { update: 30, source: 'Bucket', plannedUpdates: 120, percent: 25, observedAt: timeAgo(0) },
    },
    {
      name: 'the trainer has ended',
      tale: { ...training(47), pods: [deletedPod(1, 5)] },
      want: { update: 30, source: 'Bucket', plannedUpdates: 120, percent: 25, observedAt: timeAgo(0) },
    },
    { name: 'nothing is known at all', tale: {}, want: undefined },
  ])('is what is saved when $name', ({ tale, want }) => {
    expect(progressOf(tale)).toEqual(want);
  });

  test('does not say what is unsaved when it cannot be told what is saved', () => {
    expect(progressOf(training(40, undefined, { bucket: unreadable }))).toMatchObject({ update: 40 });
    expect(progressOf(training(40, undefined, { bucket: unreadable }))?.unsavedUpdates).toBeUndefined();
    expect(progressOf(training(40, undefined, { bucket: [{ number: 1 }] }))?.unsavedUpdates).toBe(40);
  });

  test('says since when the trainer is where it is', () => {
    const tale = training(40, undefined, {
      snapshot: { sight: sightOf(1, 40, { seenAt: ago(2), advancedAt: ago(70) - 1 }) },
    });
    expect(progressOf(tale)).toMatchObject({ advancedAt: timeAgo(70), observedAt: timeAgo(2) });
  });

  describe('of a pod that does not answer', () => {
    const silent = { snapshot: { sight: sightOf(1, undefined) } };

    test('is what was read last, for a minute', () => {
      expect(progressOf(training(undefined, readAgo(59), silent))).toEqual(readAgo(59));
    });

    test.each([
      { name: 'after that', progress: readAgo(60), tale: silent },
      { name: 'when the bucket has more', progress: { ...readAgo(5), update: 29 }, tale: silent },
      { name: 'when the trainer has ended', progress: readAgo(5), tale: { pods: [deletedPod(1, 5)] } },
    ])('is what the bucket has: $name', ({ progress, tale }) => {
      expect(progressOf(training(undefined, progress, tale))).toEqual({
        update: 30,
        source: 'Bucket',
        plannedUpdates: 120,
        percent: 25,
        observedAt: timeAgo(0),
      });
    });

    test('stands as it was when the bucket cannot be read either', () => {
      const tale = training(undefined, readAgo(3600), { ...silent, bucket: unreadable });
      expect(progressOf(tale)).toEqual(readAgo(3600));
    });
  });

  test('has no pace across a restart', () => {
    const before: Progress = { update: 30, source: 'Bucket', observedAt: timeAgo(100) };
    expect(progressOf(training(40, before))?.updatesPerSecond).toBeUndefined();
  });

  test('is what the bucket has of this attempt, when the log is read behind it', () => {
    const ahead = { bucket: [{ number: 1, last: [50] }] };
    expect(progressOf(training(40, undefined, ahead))).toMatchObject({
      update: 50,
      source: 'Pod',
      unsavedUpdates: 0,
    });
  });

  test('never says more than all of it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.nat({ max: 1000 }), (update, last) => {
        const progress = progressOf(
          training(update, { update: last, updatesPerSecond: '1.0', observedAt: timeAgo(10) }),
        );
        expect(progress?.percent).toBeLessThanOrEqual(100);
        expect(progress?.eta).toMatch(/^\d/);
        expect(Number(progress?.updatesPerSecond)).toBeGreaterThan(0);
      }),
      { numRuns: runs(200, 5000) },
    );
  });
});

test.each([
  [0, '0s'],
  [-5, '0s'],
  [59.4, '59s'],
  [59.6, '1m0s'],
  [3599, '59m59s'],
  [3600, '1h0m'],
  [39_180, '10h53m'],
])('%d seconds are %s', (seconds, want) => {
  expect(formatDuration(seconds)).toBe(want);
});

test.each([
  {
    name: 'a progress bar as tqdm rewrites it',
    log: 'Epoch 1/3:  5%|5| 38908/9 [00:01, loss=0.61, update=38908]\rEpoch 1/3: 5%|5| 3 [00:01, loss=0.7, update=38909]',
    want: 38_909,
  },
  { name: 'a line an update', log: 'update=1 loss=0.9\nupdate=2 loss=0.8\n', want: 2 },
  {
    name: 'a save beyond the last piece of the bar',
    log: 'update=38880, loss=0.6\rupdate=38881\nSaved last checkpoint at update 38900\n',
    want: 38_900,
  },
  { name: 'nothing', log: '', want: undefined },
  { name: 'other words', log: 'last_update=7 updates=8 update: 9', want: undefined },
  { name: 'a number nobody counts to', log: 'update=12345678901234567890', want: undefined },
])('the log shows $name: $want', ({ log, want }) => {
  expect(lastUpdateIn(log)).toBe(want);
});
