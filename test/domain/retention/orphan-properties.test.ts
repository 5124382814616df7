// Random remains of runs, and random clocks and markers: nothing goes that a literal reading of the rules keeps.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../../src/domain/bucket/inventory.ts';
import { draftOrphan, type OrphanQuestion } from '../../../src/domain/retention/orphans.ts';
import { planRetention, rulingsOf } from '../../../src/domain/retention/plan.ts';
import { bucketFacts, storeTime } from '../../support/bucket-facts.ts';
import { bucketTales, naiveQuestions } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';
import { asked } from '../../support/planned-tales.ts';

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const cluster = fc.constantFrom('ours', 'ours', 'ours', 'theirs');
const uid = fc.constantFrom('run-1', 'run-2');

const remains: fc.Arbitrary<OrphanQuestion<Checkpoint>> = fc
  .record({
    tales: bucketTales,
    marker: optional(fc.record({ runUid: uid, clusterUid: cluster })),
    goneFor: optional(fc.constantFrom(0, 99, 100, 101)),
    missedListings: fc.integer({ min: 1, max: 4 }),
    retained: fc.boolean(),
    hasPods: fc.boolean(),
    pins: fc.array(
      fc.record({
        update: fc.integer({ min: 1, max: 30 }),
        attempt: fc.nat({ max: 2 }),
        until: optional(fc.constantFrom(storeTime - 1, storeTime, storeTime + 1)),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ tales, goneFor, ...rest }) => ({
    ...rest,
    name: { namespace: 'voice', run: 'zh' },
    prefix: 'prod/voice/zh/',
    labels: {},
    namespaceLabels: {},
    clusterUid: 'ours',
    attempts: bucketFacts(tales).inventory.attempts,
    storeTime,
    goneSince: goneFor === undefined ? undefined : storeTime - goneFor * 1000,
  }));

const rules = optional(fc.record({ deleteAfterSeconds: fc.constant(100), includeRetained: fc.boolean() }));

const isPinned = ({ attempt, update }: Checkpoint, { pins = [] }: OrphanQuestion<Checkpoint>): boolean =>
  pins.some(
    (pin) =>
      pin.update === update &&
      [0, attempt.number].includes(pin.attempt) &&
      (pin.until === undefined || pin.until > storeTime),
  );

/** What may go, read off the design sentence by sentence. */
function mayGo(
  one: Checkpoint,
  orphan: OrphanQuestion<Checkpoint>,
  rule: { readonly includeRetained: boolean } | undefined,
): boolean {
  const { marker } = orphan;
  if (marker?.clusterUid !== 'ours' || orphan.hasPods || isPinned(one, orphan)) return false;
  return isSpokenOf(orphan, rule) && isSurelyGone(orphan);
}

const isSpokenOf = (
  { retained }: OrphanQuestion<Checkpoint>,
  rule: { readonly includeRetained: boolean } | undefined,
): boolean => rule !== undefined && (rule.includeRetained || !retained);

const isSurelyGone = ({ goneSince = Infinity, missedListings }: OrphanQuestion<Checkpoint>): boolean =>
  storeTime - goneSince >= 100_000 && missedListings >= 3;

test('of what is left of a run exactly that goes which the rules let go', () => {
  fc.assert(
    fc.property(remains, rules, (orphan, rule) => {
      const draft = draftOrphan(orphan, rule);
      const rulings = draft.kind === 'Stopped' ? [] : rulingsOf(draft);
      const gone = rulings
        .filter(({ verdict }) => verdict === 'Condemned')
        .map(({ checkpoint }) => checkpoint.key);
      const all = orphan.attempts.flatMap(({ checkpoints }) => checkpoints);
      const wanted = all.filter((one) => mayGo(one, orphan, rule)).map(({ key }) => key);
      expect(gone.toSorted()).toEqual(wanted.toSorted());
    }),
    { numRuns: runs(300, 30_000) },
  );
});

test('a capacity may take early only what a rule speaks of and what is surely gone', () => {
  fc.assert(
    fc.property(remains, rules, (orphan, rule) => {
      const draft = draftOrphan(orphan, rule);
      const isSure = orphan.goneSince !== undefined && orphan.missedListings >= 3;
      expect(draft.kind === 'Drafted' && draft.mayBeEvicted && !(isSpokenOf(orphan, rule) && isSure)).toBe(
        false,
      );
    }),
    { numRuns: runs(300, 30_000) },
  );
});

test('a foreign marker or clocks that cannot be right stop everything', () => {
  const offset = fc.constantFrom(-400_000, -300_000, 0, 300_000, 400_000);
  const marker = fc.constantFrom('run-uid', 'run-uid', 'other', undefined);
  fc.assert(
    fc.property(naiveQuestions, fc.tuple(offset, offset, marker), (question, [clock, store, markerUid]) => {
      const plain = asked(question);
      const plan = planRetention({
        ...plain,
        markerUid,
        now: storeTime + clock + store,
        storeTime: storeTime + store,
      });
      const times = [
        ...plain.attempts.flatMap(({ checkpoints }) => checkpoints.map(({ savedAt }) => savedAt)),
        ...plain.origins.map(({ openedAt }) => openedAt),
      ];
      const isFuture = times.some((time) => time > storeTime + store + 300_000);
      const isStopped = markerUid !== 'run-uid' || Math.abs(clock) > 300_000 || isFuture;
      expect(plan.kind).toBe(isStopped ? 'Stopped' : 'Planned');
    }),
    { numRuns: runs(300, 30_000) },
  );
});
