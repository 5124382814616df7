// What follows an end: another attempt now or later, the end of the run, or a person's turn.
import { describe, expect, test } from 'vitest';
import type { Cause } from '../../../src/domain/run/causes.ts';
import type { Decision } from '../../../src/domain/run/decision.ts';
import type { LedgerEntry, RunStatus } from '../../../src/domain/run/status.ts';
import { bucketFacts } from '../../support/bucket-facts.ts';
import {
  deletedPod,
  ended,
  exited,
  now,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const saved = [{ number: 1, last: [30] }];
const crashed = (number: number, facts: Partial<LedgerEntry> = {}): LedgerEntry =>
  ended(number, 'TrainerFailed', { message: 'the trainer failed with exit code 1', ...facts });
const decided = (tale: RunTale): Decision => passOver({ bucket: saved, ...tale }).decision;

/** A pass that sees attempt 1's trainer exit with 1. */
const crash = (status: Partial<RunStatus>, tale: RunTale = {}): ReturnType<typeof passOver> =>
  passOver({
    status: statusWith([{ number: 1 }], status),
    pods: [podOfAttempt(1, { phase: 'Failed', trainer: exited(1) })],
    ...tale,
  });

describe('the budget of failures', () => {
  test.each([
    { name: 'the first', before: 0, bucket: [], want: 1, wait: 10 },
    { name: 'the second', before: 1, bucket: [], want: 2, wait: 20 },
    { name: 'one that saved first starts the count anew', before: 2, bucket: saved, want: 0, wait: 10 },
  ])('$name', ({ before, bucket, want, wait }) => {
    const { decision, status } = crash({ failures: before }, { bucket });
    expect(decision.failures).toBe(want);
    expect(status).toMatchObject({ phase: 'Restarting', failures: want, totals: { failures: 1 } });
    expect(status.message).toContain(
      `attempt 1 ended: the trainer failed with exit code 1; the next starts at ${timeAgo(-wait)}`,
    );
  });

  test('used up, the run is Failed and says what would lift that', () => {
    const { decision, status } = crash({ failures: 2 });
    expect(decision.starts).toBeUndefined();
    expect(status).toMatchObject({ phase: 'Failed', failures: 3 });
    expect(status.message).toContain('3 failures without progress reach restart.maxFailures (3)');
    expect(status.message).toContain('reprise.dev/retry');
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failed', status: 'True', reason: 'TooManyFailures' }),
    );
  });

  test.each<Cause>(['Evicted', 'NodeLost', 'StoreUnavailable', 'AgentFailed', 'Suspended'])(
    '%s spends none of it',
    (cause) => {
      const status = statusWith([{ number: 1, cause, startedAt: timeAgo(50) }], { failures: 2 });
      expect(decided({ status, bucket: [{ number: 1 }] }).failures).toBe(2);
    },
  );

  test('an attempt is counted once, however often it is looked at', () => {
    const first = crash({ failures: 0 });
    const second = crash({}, { status: first.status });
    expect([second.decision.failures, second.status.totals]).toEqual([1, first.status.totals]);
  });

  test('an older attempt that ends late does not undo the failures after it', () => {
    const status = statusWith(
      [
        crashed(2, { endedAt: timeAgo(4) }),
        { number: 1, cause: 'Evicted', savedUpdate: 30, startedAt: timeAgo(900) },
      ],
      { failures: 1 },
    );
    const pass = decided({ status });
    expect(pass.attempts[1]?.entry.endedAt).toBe(timeAgo(0));
    expect(pass.failures).toBe(1);
  });

  test('a raised maxFailures lets a Failed run go on', () => {
    const status = statusWith([crashed(1)], { phase: 'Failed', failures: 3 });
    expect(decided({ status }).starts).toBeUndefined();
    expect(decided({ status, spec: { maxFailures: 4 } }).starts?.number).toBe(2);
  });
});

describe('Failed is lifted', () => {
  const fatal = ended(1, 'NothingSaved', { message: 'the trainer exited 0 but wrote no checkpoint' });
  const runs: readonly { name: string; status: RunStatus }[] = [
    {
      name: 'TooManyFailures',
      status: statusWith([crashed(1)], { phase: 'Failed', failures: 3, handledRetry: 'a' }),
    },
    { name: 'NothingSaved', status: statusWith([fatal], { phase: 'Failed', handledRetry: 'a' }) },
  ];

  test.each(runs)('$name: by a new value of the annotation, once', ({ status }) => {
    expect(decided({ status }).starts).toBeUndefined();
    expect(decided({ status, run: { retry: 'a' } }).starts).toBeUndefined();
    const lifted = passOver({ status, run: { retry: 'b' }, bucket: saved });
    expect(lifted.decision).toMatchObject({ starts: { number: 2 }, failures: 0 });
    expect(lifted.status).toMatchObject({ handledRetry: 'b', failures: 0, phase: 'Restarting' });
  });

  test.each(runs)('$name: by a changed workload, once', ({ status }) => {
    const lifted = passOver({ status, spec: { workload: 'corrected' }, bucket: saved });
    expect(lifted.status).toMatchObject({ workload: 'corrected', attempt: 2, failures: 0 });
  });

  test.each(runs)(
    '$name: it stays lifted while the store is away, and starts when it is back',
    ({ status }) => {
      const away = { run: { retry: 'b' }, bucket: unreadable };
      const first = passOver({ status, ...away });
      const second = passOver({ status: first.status, ...away });
      expect([first.status.phase, second.status.phase]).toEqual(['Stalled', 'Stalled']);
      expect(
        passOver({ status: second.status, run: { retry: 'b' }, bucket: saved }).decision.starts?.number,
      ).toBe(2);
    },
  );

  test('a changed workload does not wipe the failures of an attempt that lives', () => {
    const status = statusWith([{ number: 2 }, crashed(1)], { failures: 2 });
    expect(decided({ status, pods: [podOfAttempt(2)], spec: { workload: 'other' } }).failures).toBe(2);
  });
});

test('an exit 0 without any checkpoint ends the run and names checkpointDir', () => {
  const pods = [podOfAttempt(1, { phase: 'Succeeded', trainer: exited(0) })];
  const bucket = [{ number: 1, end: { flushed: true, filesSeen: 0, lastUpdateSeen: null } }];
  const { decision, status } = passOver({ status: statusWith([{ number: 1 }]), pods, bucket });
  expect(decision.starts).toBeUndefined();
  expect(status.phase).toBe('Failed');
  expect(status.message).toContain('never wrote a model_*.pt into /ckpts (trainer.checkpointDir)');
});

describe('the wait before the next attempt', () => {
  const twice = [ended(2, 'Evicted', { endedAt: timeAgo(4) }), ended(1, 'Evicted')];

  test('counts from the end of the last', () => {
    const { decision, status } = passOver({ status: statusWith(twice), bucket: [] });
    expect(decision).toMatchObject({ standing: { is: 'Restarting', inSeconds: 6 }, recheck: 6, actions: [] });
    expect(status.message).toBe(
      `attempt 2 ended: Evicted; the next starts at ${timeAgo(-6)}; nothing is saved yet; NoProgress: the last 2 attempts were disrupted before they saved anything`,
    );
    const later = passOver({ status: statusWith(twice), bucket: [], snapshot: { now: now + 6000 } });
    expect(later.decision.starts?.number).toBe(3);
  });

  test('counts from the deletion of a pod that will never end', () => {
    const status = statusWith([{ number: 2, cause: 'NodeLost' }, ended(1, 'NodeLost')]);
    const at = (seconds: number): Decision =>
      decided({
        status,
        bucket: [],
        pods: [deletedPod(2, seconds, { disruption: 'DeletionByTaintManager' })],
      });
    expect(at(4)).toMatchObject({ standing: { is: 'Restarting', inSeconds: 6 }, recheck: 6 });
    expect(at(11).starts?.number).toBe(3);
  });

  test('is none after the first eviction: the next Job is made while the pod still flushes', () => {
    const pods = [deletedPod(1, 0, { disruption: 'EvictionByEvictionAPI' })];
    expect(decided({ status: statusWith([{ number: 1 }]), pods }).actions).toMatchObject([
      { do: 'WriteMarker' },
      { do: 'CreateJob', attempt: { number: 2 } },
    ]);
  });
});

describe('what stopped restore', () => {
  const stopped = ended(2, 'RestoreStopped', {
    message: 'NoUsableCheckpoint: all are damaged',
    endedAt: timeAgo(100),
  });
  const status = statusWith([stopped], { phase: 'Stalled', handledRetry: 'a' });
  const facts = bucketFacts([{ number: 1, last: [30], age: 200 }]);

  test('waits for a person, in its own words', () => {
    const { decision, status: after } = passOver({ status, bucket: { kind: 'Read', facts } });
    expect(decision).toMatchObject({ starts: undefined, recheck: 60 });
    expect(after).toMatchObject({
      phase: 'Stalled',
      message: 'attempt 2: NoUsableCheckpoint: all are damaged',
    });
  });

  test.each<{ name: string; tale: RunTale }>([
    { name: 'the annotation has a new value', tale: { run: { retry: 'b' } } },
    { name: 'the spec was edited', tale: { run: { generation: 2 } } },
    {
      name: 'the workload changed, in a pass that could not start',
      tale: { spec: { workload: 'corrected' } },
    },
    { name: 'a checkpoint came since', tale: { bucket: [{ number: 1, last: [30], age: 50 }] } },
  ])('is tried again when $name', ({ tale }) => {
    expect(passOver({ status, bucket: { kind: 'Read', facts }, ...tale }).decision.starts?.number).toBe(3);
  });

  test.each(['NotEnoughDisk: no room', 'BadConfiguration: no key', undefined])(
    'is tried again by itself, later and later, when what mends it is heard of by nobody: %s',
    (message) => {
      const at = (seconds: number, before: readonly LedgerEntry[] = []) => {
        const last = ended(2, 'RestoreStopped', { message, endedAt: timeAgo(seconds) });
        return passOver({
          status: statusWith([last, ...before]),
          bucket: [{ number: 1, last: [30], age: 400 }],
        });
      };
      const { decision, status: after } = at(4);
      expect(decision).toMatchObject({
        standing: { is: 'Stalled', triesIn: 6 },
        starts: undefined,
        recheck: 6,
      });
      expect(after.phase).toBe('Stalled');
      expect(after.message).toMatch(/ It is tried again by itself every few minutes\.$/);
      expect(at(10).decision.starts?.number).toBe(3);
      const often = ended(1, 'RestoreStopped', { message, repeats: 9 });
      expect(at(299, [often]).decision).toMatchObject({ starts: undefined, recheck: 1 });
      expect(at(300, [often]).decision.attempts[1]?.entry).toMatchObject({ number: 2, repeats: 10 });
    },
  );

  test.each([-3600, 3600])('is not tried again because the store’s clock is %d s off', (skew) => {
    const shifted = bucketFacts([{ number: 1, last: [30], age: 200 - skew }], {
      storeTime: now + skew * 1000,
    });
    expect(decided({ status, bucket: { kind: 'Read', facts: shifted } }).starts).toBeUndefined();
    const fresh = bucketFacts([{ number: 1, last: [30], age: 50 - skew }], { storeTime: now + skew * 1000 });
    expect(decided({ status, bucket: { kind: 'Read', facts: fresh } }).starts?.number).toBe(3);
  });
});

test('an end that could not be settled waits for the bucket, then counts what was saved', () => {
  const away = crash({ failures: 2 }, { bucket: unreadable });
  expect(away.status).toMatchObject({ phase: 'Stalled', failures: 2, message: 'the server is away' });
  expect(away.decision.starts).toBeUndefined();
  const back = crash({}, { status: away.status, bucket: saved });
  expect(back.status).toMatchObject({ phase: 'Restarting', failures: 0 });
});
