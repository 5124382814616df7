// The ledger: what each pass adds to an attempt's entry, and what never changes again.
import { describe, expect, test } from 'vitest';
import { viewAttempts } from '../../../src/domain/run/ledger.ts';
import { madeProgress, survivingUpdate } from '../../../src/domain/run/saved-work.ts';
import { type LedgerEntry, ledgerLimit } from '../../../src/domain/run/status.ts';
import {
  now,
  deletedPod,
  ended,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  snapshotOf,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const end = { flushed: true, filesSeen: 2, lastUpdateSeen: 40 };
const sight = sightOf(2, 47);

const newestOf = (tale: RunTale): LedgerEntry | undefined => viewAttempts(snapshotOf(tale))[0]?.entry;

const second = [
  { number: 1, last: [30] },
  { number: 2, from: [1, 30] as const, last: [40], steps: [35] },
];

describe('an entry gains', () => {
  const status = statusWith([{ number: 2 }, ended(1, 'Evicted')]);

  test('its pod, its node and when it was created', () => {
    expect(newestOf({ status, pods: [podOfAttempt(2)] })).toEqual({
      number: 2,
      pod: 'zh-2-abcde',
      node: 'gpu-1',
      gpus: 1,
      startedAt: timeAgo(1000),
      segments: { create: 0, schedule: 10 },
    });
  });

  test('what it started from, saved and was seen to make', () => {
    const entry = newestOf({ status, pods: [podOfAttempt(2)], bucket: second, snapshot: { sight } });
    expect(entry).toMatchObject({
      resumedFrom: { key: 'key-of-30', attempt: 1, update: 30 },
      savedUpdate: 40,
      endUpdate: 47,
    });
    expect(entry).not.toHaveProperty('cause');
    expect(entry).not.toHaveProperty('endedAt');
  });

  test('its cause as soon as that is known, its end when the pod is over', () => {
    const ending = newestOf({ status, pods: [deletedPod(2, 5)], bucket: second });
    expect(ending).toMatchObject({ cause: 'PodDeleted', message: 'its pod on gpu-1 was deleted' });
    expect(ending).not.toHaveProperty('endedAt');
    const over = newestOf({
      status,
      pods: [deletedPod(2, 5, { phase: 'Failed', trainer: exited(143, { ago: 2 }) })],
      bucket: second,
    });
    expect(over).toMatchObject({ cause: 'PodDeleted', exitCode: 143, endedAt: timeAgo(0) });
  });

  test.each([
    { name: 'the log was read after the end', final: true, lost: 7, isLowerBound: false },
    { name: 'the log was read before the end', final: false, lost: 7, isLowerBound: true },
    { name: 'the log was never read', final: undefined, lost: 0, isLowerBound: true },
  ])('what was lost: $name', ({ final, lost, isLowerBound }) => {
    const pods = [podOfAttempt(2, { phase: 'Failed', trainer: exited(1) })];
    const seen = final === undefined ? undefined : { ...sight, final };
    const entry = newestOf({ status, pods, bucket: second, snapshot: { sight: seen } });
    expect(entry).toMatchObject({ lostUpdates: lost, lostUpdatesIsLowerBound: isLowerBound });
  });

  test('no more updates than it was once seen at, when a later look sees fewer', () => {
    const before = statusWith([{ number: 2, endUpdate: 60 }]);
    expect(newestOf({ status: before, pods: [podOfAttempt(2)], snapshot: { sight } })?.endUpdate).toBe(60);
  });

  test('nothing from the look at another attempt', () => {
    const of1 = { ...sight, attempt: 1 };
    expect(newestOf({ status, pods: [podOfAttempt(2)], snapshot: { sight: of1 } })).not.toHaveProperty(
      'endUpdate',
    );
  });
});

describe('an entry keeps', () => {
  test('everything, once it has ended', () => {
    const entry = ended(1, 'Evicted', { savedUpdate: 30, message: 'as it was' });
    const pods = [podOfAttempt(1, { phase: 'Failed', trainer: exited(1) })];
    expect(newestOf({ status: statusWith([entry]), pods, bucket: [{ number: 1, last: [99] }] })).toEqual(
      entry,
    );
  });

  test('its cause and message, whatever the pod shows later', () => {
    const entry = {
      number: 1,
      cause: 'Evicted',
      message: 'its pod was disrupted',
      startedAt: timeAgo(500),
    } as const;
    const pods = [podOfAttempt(1, { phase: 'Failed', trainer: exited(1) })];
    expect(newestOf({ status: statusWith([entry]), pods })).toMatchObject({
      cause: 'Evicted',
      message: entry.message,
      exitCode: 1,
      endedAt: timeAgo(0),
    });
  });

  test('what it saved, while the bucket cannot be read, and does not end before it was', () => {
    const status = statusWith([{ number: 1, savedUpdate: 30, startedAt: timeAgo(500) }]);
    const pods = [podOfAttempt(1, { phase: 'Failed', trainer: exited(1) })];
    const unsettled = newestOf({ status, pods, bucket: unreadable });
    expect(unsettled).toMatchObject({ cause: 'TrainerFailed', savedUpdate: 30 });
    expect(unsettled).not.toHaveProperty('endedAt');
    const settled = newestOf({
      status: statusWith([unsettled ?? { number: 1 }]),
      pods,
      bucket: [{ number: 1, last: [38] }],
    });
    expect(settled).toMatchObject({ cause: 'TrainerFailed', savedUpdate: 38, endedAt: timeAgo(0) });
  });
});

test('of several pods of one number, the newest tells', () => {
  const pods = [
    podOfAttempt(1, { name: 'old', createdAt: now - 9000 }),
    podOfAttempt(1, { name: 'new', createdAt: now - 1000 }),
  ];
  expect(newestOf({ status: statusWith([{ number: 1 }]), pods })?.pod).toBe('new');
});

test('only the folder of its own pod tells how an attempt ended', () => {
  const status = statusWith([{ number: 1, startedAt: timeAgo(500) }]);
  const pods = [podOfAttempt(1, { phase: 'Succeeded', trainer: exited(0) })];
  const other = { number: 1, pod: 'ffffffff', last: [90], end };
  expect(newestOf({ status, pods, bucket: [{ number: 1, last: [40] }, other] })).toMatchObject({
    cause: 'Unflushed',
    savedUpdate: 40,
  });
  expect(newestOf({ status, pods, bucket: [{ number: 1, last: [40], end }, other] })?.cause).toBe(
    'Succeeded',
  );
});

test('without its pod, the folder opened last tells', () => {
  const status = statusWith([{ number: 1, startedAt: timeAgo(500) }]);
  const jobs = [jobOfAttempt(1, { complete: true })];
  const bucket = [
    { number: 1, pod: 'ffffffff', age: 900, last: [10] },
    { number: 1, pod: 'aaaaaaaa', age: 100, last: [40], end },
  ];
  expect(newestOf({ status, jobs, bucket })).toMatchObject({ cause: 'Succeeded', savedUpdate: 40 });
});

describe('a status that was lost', () => {
  test('is found again in Jobs and pods, newest first', () => {
    const tale = { jobs: [jobOfAttempt(2)], pods: [podOfAttempt(3), podOfAttempt(2)], bucket: second };
    const { decision, status } = passOver(tale);
    expect(decision.attempts.map(({ entry }) => entry.number)).toEqual([3, 2]);
    expect(status).toMatchObject({ attempt: 3, phase: 'Running' });
    expect(decision.actions).toEqual([]);
  });

  test('does not bring back what the ledger has dropped', () => {
    const status = statusWith([{ number: 7 }]);
    const views = viewAttempts(snapshotOf({ status, jobs: [jobOfAttempt(3), jobOfAttempt(7)] }));
    expect(views.map(({ entry }) => entry.number)).toEqual([7]);
  });
});

test(`the ledger keeps the newest ${ledgerLimit}, also when one more starts`, () => {
  const attempts = Array.from({ length: ledgerLimit }, (_, index) =>
    ended(ledgerLimit - index, 'Evicted', { savedUpdate: 30 }),
  );
  const { status } = passOver({ status: statusWith(attempts), bucket: [{ number: 1, last: [30] }] });
  expect(status.attempts.map(({ number }) => number)).toEqual(
    Array.from({ length: ledgerLimit }, (_, index) => ledgerLimit + 1 - index),
  );
});

test.each<{ name: string; entry: Partial<LedgerEntry>; surviving: number; progress: boolean }>([
  { name: 'nothing', entry: {}, surviving: 0, progress: false },
  {
    name: 'only its start',
    entry: { resumedFrom: { key: 'k', attempt: 1, update: 30 } },
    surviving: 30,
    progress: false,
  },
  {
    name: 'its start again',
    entry: { resumedFrom: { key: 'k', attempt: 1, update: 30 }, savedUpdate: 30 },
    surviving: 30,
    progress: false,
  },
  {
    name: 'more',
    entry: { resumedFrom: { key: 'k', attempt: 1, update: 30 }, savedUpdate: 31 },
    surviving: 31,
    progress: true,
  },
  { name: 'the first', entry: { savedUpdate: 5 }, surviving: 5, progress: true },
])('an attempt that saved $name', ({ entry, surviving, progress }) => {
  const full = { number: 2, ...entry };
  expect([survivingUpdate(full), madeProgress(full)]).toEqual([surviving, progress]);
});
