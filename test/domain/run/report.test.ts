// The status as it is written: what is in the bucket, totals and events; each fact once, and none forgotten.
import { describe, expect, test } from 'vitest';
import { nothingJudged } from '../../../src/domain/run/retention-facts.ts';
import { listedCheckpointLimit } from '../../../src/domain/run/status.ts';
import {
  deletedPod,
  exited,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  statusWith,
  unreadable,
} from '../../support/run-snapshots.ts';

const bucket = [
  { number: 1, last: [30], steps: [20, 10] },
  { number: 2, from: [1, 30] as const, last: [40], steps: [35] },
];
const training: RunTale = { status: statusWith([{ number: 2 }]), pods: [podOfAttempt(2)], bucket };
const keys = (...names: readonly string[]): ReadonlySet<string> =>
  new Set(names.map((name) => `prod/voice/zh/attempts/${name}`));

describe('what is in the bucket', () => {
  test('the resume point is the newest on the lineage', () => {
    const { status } = passOver(training);
    expect(status.resumePoint).toMatchObject({
      key: 'prod/voice/zh/attempts/0002-22222222/last/model_40.pt',
      attempt: 2,
      update: 40,
      kind: 'Last',
      sizeBytes: 100,
    });
  });

  test('checkpoints are counted whole and listed newest first, with their verdicts', () => {
    const retention = {
      ...nothingJudged,
      condemnedKeys: keys('0001-11111111/steps/model_10.pt'),
      lockedKeys: keys('0002-22222222/last/model_40.pt'),
    };
    const { status } = passOver({ ...training, snapshot: { retention } });
    expect(status.checkpoints).toMatchObject({ count: 5, bytes: 500 });
    expect(
      status.checkpoints?.newest.map(
        ({ attempt, kind, update, verdict }) => `${attempt}:${kind}@${update} ${verdict}`,
      ),
    ).toEqual([
      '2:Last@40 Locked',
      '2:Step@35 Keep',
      '1:Last@30 Keep',
      '1:Step@20 Keep',
      '1:Step@10 Condemned',
    ]);
  });

  test(`no more than ${listedCheckpointLimit} are listed`, () => {
    const steps = Array.from({ length: 40 }, (_, index) => index + 1);
    const { status } = passOver({ ...training, bucket: [{ number: 1, steps }] });
    expect(status.checkpoints?.count).toBe(40);
    expect(status.checkpoints?.newest.map(({ update }) => update)).toEqual(
      steps.toReversed().slice(0, listedCheckpointLimit),
    );
  });

  test('what cannot be read now keeps its last value', () => {
    const { status: before } = passOver(training);
    const { status: after } = passOver({ ...training, status: before, bucket: unreadable });
    expect(after.resumePoint).toEqual(before.resumePoint);
    expect(after.checkpoints).toEqual(before.checkpoints);
    const { status: unclear } = passOver({
      ...training,
      status: before,
      bucket: [{ number: 3, from: [2, 40] }],
    });
    expect(unclear.resumePoint).toEqual(before.resumePoint);
  });

  test('the store is named as soon as it is there, and stays', () => {
    const away = { store: { kind: 'Unready', reason: 'StoreNotFound', message: '' } } as const;
    expect(passOver({ snapshot: away }).status.store).toBeUndefined();
    expect(passOver({ status: statusWith([], { store: 'main' }), snapshot: away }).status.store).toBe('main');
    expect(passOver({}).status.store).toBe('main');
  });
});

describe('totals', () => {
  const before = statusWith([{ number: 2 }], {
    totals: {
      attempts: 2,
      disruptions: 1,
      failures: 1,
      lostUpdates: 5,
      reclaimedBytes: 700,
      activeSeconds: 0,
    },
  });
  const sight = sightOf(2, 47, { final: true });
  const evicted = [deletedPod(2, 20, { phase: 'Failed', trainer: exited(143) })];

  test('count an end once, when it is written', () => {
    const tale = { ...training, status: before, pods: evicted, snapshot: { sight } };
    const first = passOver(tale);
    expect(first.status.totals).toMatchObject({
      attempts: 3,
      disruptions: 2,
      failures: 1,
      lostUpdates: 12,
      reclaimedBytes: 700,
      activeSeconds: 1000,
    });
    expect(passOver({ ...tale, status: first.status }).status.totals).toEqual(first.status.totals);
  });

  test('do not count an attempt that only ends', () => {
    expect(
      passOver({ ...training, status: before, pods: [deletedPod(2, 5)], snapshot: { sight } }).status.totals,
    ).toMatchObject({ disruptions: 1, lostUpdates: 5 });
  });

  test('gain what retention reclaimed since', () => {
    const snapshot = { retention: { ...nothingJudged, reclaimedBytes: 300 } };
    expect(passOver({ ...training, status: before, snapshot }).status.totals.reclaimedBytes).toBe(1000);
  });
});

const events = (tale: RunTale): readonly string[] =>
  passOver(tale).decision.events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

describe('events', () => {
  test('an end is told when it is first known, and once', () => {
    const tale = { ...training, pods: [deletedPod(2, 5)] };
    expect(events(tale)).toEqual([
      'Normal PodDeleted: Attempt 2 ended: its pod on gpu-1 was deleted.',
      'Normal AttemptStarted: Attempt 3 starts from update 40 or newer.',
    ]);
    expect(events({ ...tale, status: passOver(tale).status })).toEqual([]);
  });

  test.each<{ name: string; tale: RunTale; want: string }>([
    {
      name: 'a failure',
      tale: { ...training, pods: [podOfAttempt(2, { phase: 'Failed', trainer: exited(1) })] },
      want: 'Warning TrainerFailed: Attempt 2 ended: the trainer failed with exit code 1.',
    },
    {
      name: 'a suspension',
      tale: { ...training, spec: { suspend: true } },
      want: 'Normal Suspended: Attempt 2 ended: the run was suspended.',
    },
    { name: 'a stall', tale: { bucket: unreadable }, want: 'Warning BucketUnreadable: the server is away' },
  ])('$name is told, and once', ({ tale, want }) => {
    expect(events(tale)).toEqual([want]);
    expect(events({ ...tale, status: passOver(tale).status })).toEqual([]);
  });
});
