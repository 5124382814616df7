// How far a run is, how fast, and when it is worth a write.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration } from '../../../src/domain/run/progress.ts';
import type { Progress, RunStatus } from '../../../src/domain/run/status.ts';
import { lastUpdateIn } from '../../../src/domain/run/trainer-log.ts';
import { isWorthWriting } from '../../../src/domain/run/worth-writing.ts';
import { runs } from '../../support/counts.ts';
import {
  deletedPod,
  now,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const bucket = [{ number: 1, last: [30] }];

const training = (update: number | undefined, progress?: Progress, tale: RunTale = {}): RunTale => ({
  status: statusWith([{ number: 1 }], progress === undefined ? {} : { progress }),
  pods: [podOfAttempt(1)],
  bucket,
  snapshot: { sight: { attempt: 1, update, final: false, plannedUpdates: 120, problems: [] } },
  ...tale,
});

const progressOf = (tale: RunTale): Progress | undefined => passOver(tale).status.progress;

describe('progress', () => {
  test('at the first look has no pace yet', () => {
    expect(progressOf(training(40))).toEqual({
      update: 40,
      plannedUpdates: 120,
      percent: 33,
      unsavedUpdates: 10,
      observedAt: timeAgo(0),
      advancedAt: timeAgo(0),
    });
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
      want: { update: 30, plannedUpdates: 120, percent: 25, observedAt: timeAgo(0), advancedAt: timeAgo(0) },
    },
    {
      name: 'the trainer has ended',
      tale: { ...training(47), pods: [deletedPod(1, 5)] },
      want: { update: 30, plannedUpdates: 120, percent: 25, observedAt: timeAgo(0), advancedAt: timeAgo(0) },
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
  { name: 'nothing', log: '', want: undefined },
  { name: 'other words', log: 'last_update=7 updates=8 update: 9', want: undefined },
  { name: 'a number nobody counts to', log: 'update=12345678901234567890', want: undefined },
])('the log shows $name: $want', ({ log, want }) => {
  expect(lastUpdateIn(log)).toBe(want);
});

describe('a status is worth a write', () => {
  const before = passOver({
    ...training(40),
    snapshot: {
      now: now - 4000,
      sight: { attempt: 1, update: 40, final: false, plannedUpdates: 120, problems: [] },
    },
  }).status;
  const after = (tale: RunTale): RunStatus => passOver({ ...tale, status: before }).status;

  test('the first time', () => {
    expect(isWorthWriting(undefined, before, now)).toBe(true);
  });

  test('not when nothing changed but the time', () => {
    expect(isWorthWriting(before, after(training(40)), now)).toBe(false);
    expect(isWorthWriting(before, after(training(40)), now + 3_600_000)).toBe(false);
  });

  test('for mere progress only every ten seconds', () => {
    const moved = after(training(48));
    expect(isWorthWriting(before, moved, now)).toBe(false);
    expect(isWorthWriting(before, moved, now + 6000)).toBe(true);
  });

  test.each<{ name: string; tale: RunTale }>([
    { name: 'a checkpoint came', tale: training(40, undefined, { bucket: [{ number: 1, last: [30, 38] }] }) },
    { name: 'the pod is being deleted', tale: { ...training(40), pods: [deletedPod(1, 1)] } },
    { name: 'the spec was edited', tale: { ...training(40), run: { generation: 2 } } },
    { name: 'it was suspended', tale: { ...training(40), spec: { suspend: true } } },
    { name: 'the bucket cannot be read', tale: { ...training(40), bucket: unreadable } },
  ])('at once when $name', ({ tale }) => {
    expect(isWorthWriting(before, after(tale), now)).toBe(true);
  });

  test('not because the API server sorted its fields', () => {
    const sorted = JSON.parse(
      JSON.stringify(before, Object.keys(flat(before)).toSorted().toReversed()),
    ) as RunStatus;
    expect(isWorthWriting(sorted, after(training(40)), now)).toBe(false);
  });
});

/** Every field name anywhere in the value. */
function flat(value: object): Record<string, true> {
  const inner = Object.values(value).filter(
    (field): field is object => typeof field === 'object' && field !== null,
  );
  const own = Object.fromEntries(Object.keys(value).map((name) => [name, true as const]));
  return inner.reduce<Record<string, true>>((names, field) => ({ ...names, ...flat(field) }), own);
}
