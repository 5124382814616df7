// Whose prefix it is, and which number comes next.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextNumber, ownershipOf } from '../../../src/domain/run/marker.ts';
import type { BucketFacts, MarkerFacts } from '../../../src/domain/run/facts.ts';
import { attemptId, type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';
import { runs } from '../../support/counts.ts';
import { passOver, snapshotOf, statusWith } from '../../support/run-snapshots.ts';

const marker: MarkerFacts = {
  runUid: 'run-uid',
  clusterUid: 'cluster-uid',
  highestAttempt: 2,
  phase: 'Running',
  etag: 'm',
};
const saved: readonly AttemptTale[] = [{ number: 2, last: [30] }];
const resumePoint = {
  key: 'prod/voice/zh/attempts/0002-22222222/last/model_30.pt',
  attempt: 2,
  update: 30,
  kind: 'Last',
  sizeBytes: 1,
  savedAt: '',
} as const;

const facts = (tales: readonly AttemptTale[], is: MarkerFacts | undefined): BucketFacts =>
  bucketFacts(tales, { marker: is });

test.each([
  { name: 'our own', bucket: facts(saved, marker), want: 'Ours' },
  { name: 'our own, finished', bucket: facts(saved, { ...marker, phase: 'Succeeded' }), want: 'Ours' },
  { name: 'nothing', bucket: facts([], undefined), want: 'Fresh' },
  {
    name: 'an unfinished run of this name',
    bucket: facts(saved, { ...marker, runUid: 'former' }),
    want: 'Adopts',
  },
  {
    name: 'a finished run of this name',
    bucket: facts(saved, { ...marker, runUid: 'former', phase: 'Succeeded' }),
    want: 'NameInUse',
  },
  {
    name: 'a run of another cluster',
    bucket: facts(saved, { ...marker, clusterUid: 'other' }),
    want: 'ForeignRun',
  },
  { name: 'attempts without an owner', bucket: facts(saved, undefined), want: 'WrongPlace' },
  {
    name: 'nothing, though something was saved',
    bucket: facts([], undefined),
    known: resumePoint,
    want: 'WrongPlace',
  },
])('$name in the place is $want', ({ bucket, known, want }) => {
  const status = statusWith([], known === undefined ? {} : { resumePoint: known });
  const ownership = ownershipOf(snapshotOf({ status }), bucket);
  expect(ownership.kind === 'Refused' ? ownership.reason : ownership.kind).toBe(want);
});

test('a run of a cluster that is no more is taken over, also a finished one’s name stays in use', () => {
  const former = { ...marker, runUid: 'former', clusterUid: 'other' };
  const adopting = snapshotOf({
    snapshot: { store: { kind: 'Ready', name: 'main', agentSecret: '', adoptClusters: ['other'] } },
  });
  expect(ownershipOf(adopting, facts(saved, former))).toEqual({ kind: 'Adopts', formerUid: 'former' });
  const finished = ownershipOf(adopting, facts(saved, { ...former, phase: 'Succeeded' }));
  expect(finished).toMatchObject({ kind: 'Refused', reason: 'NameInUse' });
});

test.each([
  { name: 'adopts', is: { ...marker, runUid: 'former', highestAttempt: 7 }, want: { number: 8, over: 'm' } },
  { name: 'starts fresh', is: undefined, want: { number: 1, over: undefined } },
])('a run that $name marks the place as its own before its first Job', ({ is, want }) => {
  const { decision } = passOver({
    bucket: { kind: 'Read', facts: facts(is === undefined ? [] : saved, is) },
  });
  expect(decision.actions).toMatchObject([
    { do: 'WriteMarker', highestAttempt: want.number, phase: 'Running', over: want.over },
    { do: 'CreateJob', attempt: { number: want.number } },
  ]);
  const events = decision.events.map(({ reason }) => reason);
  expect(events).toEqual(is === undefined ? ['AttemptStarted'] : ['Adopted', 'AttemptStarted']);
});

test('an adopted run goes on from what its predecessor saved', () => {
  const { decision, status } = passOver({
    bucket: { kind: 'Read', facts: facts(saved, { ...marker, runUid: 'former' }) },
  });
  expect(decision.starts).toMatchObject({ number: 3, expected: { attempt: attemptId(2), update: 30 } });
  expect(status.message).toBe('attempt 3 starts from update 30 or newer');
});

test.each([
  { highest: 2, want: ['WriteMarker', 'CreateJob'] },
  { highest: 3, want: ['CreateJob'] },
  { highest: 9, want: ['CreateJob'] },
])('a marker that knows of attempt $highest: $want', ({ highest, want }) => {
  const status = statusWith([{ number: 3, reservedBy: 'operator' }]);
  const { decision } = passOver({
    status,
    bucket: { kind: 'Read', facts: facts(saved, { ...marker, highestAttempt: highest }) },
  });
  expect(decision.actions.map((action) => action.do)).toEqual(want);
});

test('the next number is larger than any that was ever seen', () => {
  const number = fc.nat({ max: 50 });
  fc.assert(
    fc.property(
      fc.record({
        status: number,
        job: number,
        marked: number,
        listed: fc.array(fc.integer({ min: 1, max: 50 })),
        stranger: fc.integer({ min: 1, max: 50 }),
      }),
      (seen) => {
        const bucket = facts(
          [...new Set(seen.listed)].map((listed) => ({ number: listed })),
          { ...marker, highestAttempt: seen.marked },
        );
        const stranger = { name: 'p', attempt: attemptId(seen.stranger), endsAt: 1, flushes: false };
        const snapshot = snapshotOf({
          status: statusWith([], { attempt: seen.status }),
          snapshot: { highestJob: seen.job, strangers: [stranger] },
        });
        const next = nextNumber(snapshot, bucket);
        const all = [seen.status, seen.job, seen.marked, seen.stranger, ...seen.listed];
        expect(next).toBe(Math.max(...all) + 1);
      },
    ),
    { numRuns: runs(300, 10_000) },
  );
});
