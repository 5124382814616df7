// Each decision of retention is told once, with what to do; what is told already, and what nobody needs, is not.
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../../src/domain/bucket/inventory.ts';
import { retentionEvents } from '../../../src/domain/run/retention-events.ts';
import { nothingJudged, type RetentionFacts } from '../../../src/domain/run/retention-facts.ts';
import { retentionCondition } from '../../../src/domain/run/retention-words.ts';
import type { RunCondition } from '../../../src/domain/run/status.ts';
import { now, type RunTale, snapshotOf, statusWith, unreadable } from '../../support/run-snapshots.ts';

const steps = [10, 20, 30, 40, 50, 60, 70];
const keyOf = (update: number): string => `prod/voice/zh/attempts/0001-11111111/steps/model_${update}.pt`;
const checkpoints: readonly Checkpoint[] = steps.map((update) => ({
  key: keyOf(update),
  attempt: { number: 1, pod: '11111111' },
  kind: 'Step',
  update,
  sizeBytes: 2 ** 30,
  savedAt: now,
  etag: '"e"',
}));
const keys = new Set(steps.map(keyOf));
const waiting = { digest: '0123456789abcdef', keys };

const condition = (facts: RetentionFacts): RunCondition => ({
  ...retentionCondition(facts, 'zh'),
  lastTransitionTime: '2026-11-22T10:00:00Z',
});

function told(retention: Partial<RetentionFacts>, before?: Partial<RetentionFacts>, tale: RunTale = {}) {
  const facts = { ...nothingJudged, ...retention };
  const status =
    before === undefined
      ? {}
      : { status: statusWith([], { conditions: [condition({ ...nothingJudged, ...before })] }) };
  const snapshot = snapshotOf({ bucket: [{ number: 1, steps }], ...status, ...tale });
  return retentionEvents({ ...snapshot, retention: facts }).map(
    ({ type, reason, message }) => `${type} ${reason}: ${message}`,
  );
}

test('what is condemned is named, with when it goes and how to keep it', () => {
  expect(told({ condemnedKeys: keys, nextDeletionAt: now }, {})).toEqual([
    'Normal CheckpointsCondemned: No rule keeps Step 10 of attempt 1, Step 20 of attempt 1, Step 30 of attempt 1, Step 40 of attempt 1, Step 50 of attempt 1 and 2 more: to be deleted after 1970-01-12T13:46:40Z, unless something changes that. To keep one, pin it: kubectl reprise pin zh@UPDATE.',
  ]);
});

test('what was deleted is named, with where the reasons stand', () => {
  expect(told({ deleted: checkpoints.slice(0, 1), reclaimedBytes: 2 ** 30 }, {})).toEqual([
    'Normal CheckpointsDeleted: Deleted Step 10 of attempt 1 (1.07 GB), which no rule keeps: deletions/ beside its run.json in the bucket says why.',
  ]);
});

test.each<{ name: string; facts: Partial<RetentionFacts>; says: readonly string[] }>([
  {
    name: 'ApprovalNeeded',
    facts: { condemnedKeys: keys, waiting },
    says: ['7 checkpoints', 'kubectl reprise approve zh', 'reprise.dev/approve: "0123456789abcdef"'],
  },
  {
    name: 'PolicyConflict',
    facts: { stopped: { reason: 'PolicyConflict', why: 'a and b both set defaults' } },
    says: ['a and b both set defaults'],
  },
  {
    name: 'RetentionStopped',
    facts: { stopped: { reason: 'Stopped', why: 'the clocks differ' } },
    says: ['the clocks differ'],
  },
  { name: 'LockedObjects', facts: { condemnedKeys: keys, heldByLock: 2 }, says: ['2 checkpoints'] },
  {
    name: 'DeleteRefused',
    facts: { condemnedKeys: keys, refused: 'AccessDenied: no.' },
    says: ['AccessDenied'],
  },
])('$name is told once, as a warning', ({ name, facts, says }) => {
  const [event = '', ...others] = told(facts, {});
  expect(others).toEqual([]);
  expect(event).toContain(`Warning ${name}: `);
  for (const words of says) expect(event).toContain(words);
  expect(told(facts, facts)).toEqual([]);
});

test('another set that waits is another question', () => {
  const before = { condemnedKeys: keys, waiting: { ...waiting, digest: 'fedcba9876543210' } };
  expect(told({ condemnedKeys: keys, waiting }, before)).toHaveLength(1);
});

const stopped = (why: string): Partial<RetentionFacts> => ({ stopped: { reason: 'Stopped', why } });

test('another hindrance is told, another number of the same is not', () => {
  const before = stopped('the clocks differ by 400 s');
  expect(told(stopped('the clocks differ by 460 s'), before)).toEqual([]);
  expect(told(stopped('there is no run.json'), before)).toEqual([
    'Warning RetentionStopped: Nothing is deleted: there is no run.json.',
  ]);
});

test('what is condemned anew beside the rest is not told', () => {
  const before = { condemnedKeys: keys, notes: ['Rule a keeps nothing.'] };
  expect(told({ ...before, notes: [] }, before)).toEqual([]);
});

test.each<{ name: string; facts: Partial<RetentionFacts>; tale: RunTale }>([
  { name: 'that nothing is to be deleted', facts: {}, tale: {} },
  {
    name: 'that the bucket cannot be read, which is told as such',
    facts: { stopped: { reason: 'Stopped', why: 'the server is away' } },
    tale: { bucket: unreadable },
  },
  {
    name: 'of a run that has saved nothing',
    facts: { stopped: { reason: 'Stopped', why: "run.json is not this run's" } },
    tale: { bucket: [] },
  },
])('nothing is told $name', ({ facts, tale }) => {
  expect(told(facts, undefined, tale)).toEqual([]);
});
