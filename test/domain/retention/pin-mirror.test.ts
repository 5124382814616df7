// What a pass changes in the pins that the bucket keeps: exactly what spec.pins asks for, of this run alone, and nothing twice.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRunObject } from '../../../src/domain/bucket/keys.ts';
import {
  asPins,
  besideSpec,
  type BucketPin,
  whyPinsStop,
} from '../../../src/domain/retention/bucket-pins.ts';
import { pinnedPlaces } from '../../../src/domain/retention/locks.ts';
import {
  type MirrorQuestion,
  type PinChange,
  planLastMirror,
  planMirror,
} from '../../../src/domain/retention/pin-mirror.ts';
import type { Pin } from '../../../src/domain/retention/rules.ts';
import { readStanding } from '../../../src/domain/retention/standing.ts';
import { type AttemptTale, bucketFacts, storeTime, talePrefix } from '../../support/bucket-facts.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

const tales: readonly AttemptTale[] = [
  { number: 1, last: [40], steps: [10, 20, 40] },
  { number: 2, from: [1, 20], steps: [30, 40] },
];

const pin = (update: number, more: Partial<Pin> = {}): Pin => ({
  update,
  attempt: 0,
  until: undefined,
  ...more,
});

const kept = (attempt: number, update: number, words: Partial<BucketPin['words']> = {}): BucketPin => ({
  key: talePrefix + formatRunObject({ is: 'Pin', attemptNumber: attempt, update }),
  etag: `etag-${attempt}-${update}`,
  attempt,
  update,
  words: {
    runUid: 'run-uid',
    reason: undefined,
    until: undefined,
    since: 5,
    keys: keysOf(attempt, update),
    ...words,
  },
});

const keysOf = (attempt: number, update: number): readonly string[] =>
  bucketFacts(tales)
    .inventory.attempts.filter(({ id }) => id.number === attempt)
    .flatMap(({ checkpoints }) => checkpoints.filter((one) => one.update === update))
    .map(({ key }) => key.slice(talePrefix.length))
    .toSorted();

function asked(pins: readonly Pin[], mirrored: readonly BucketPin[] = [], all = tales): MirrorQuestion {
  const { inventory, origins } = bucketFacts(all);
  return { runUid: 'run-uid', pins, mirrored, inventory, origins, now: storeTime };
}

const told = (changes: readonly PinChange[]): readonly string[] =>
  changes.map(({ change, attempt, update }) => `${change} ${attempt}@${update}`);

describe('a pass', () => {
  test.each<{ name: string; pins: readonly Pin[]; mirrored?: readonly BucketPin[]; want: readonly string[] }>(
    [
      { name: "writes the lineage's", pins: [pin(20), pin(40)], want: ['Write 1@20', 'Write 2@40'] },
      { name: 'writes one left behind', pins: [pin(40, { attempt: 1 })], want: ['Write 1@40'] },
      { name: 'writes nothing for what is not there', pins: [pin(25)], want: [] },
      { name: 'writes nothing twice', pins: [pin(20)], mirrored: [kept(1, 20)], want: [] },
      {
        name: 'writes a new reason',
        pins: [pin(20, { reason: 'demo' })],
        mirrored: [kept(1, 20)],
        want: ['Write 1@20'],
      },
      {
        name: 'writes a new end',
        pins: [pin(20, { until: 9000 })],
        mirrored: [kept(1, 20)],
        want: ['Write 1@20'],
      },
      {
        name: 'takes away what the spec has no more',
        pins: [],
        mirrored: [kept(1, 20)],
        want: ['Remove 1@20'],
      },
      {
        name: "leaves a former run's pin",
        pins: [],
        mirrored: [kept(1, 20, { runUid: 'former' })],
        want: [],
      },
      {
        name: "takes over a former run's pin that its own spec has",
        pins: [pin(20)],
        mirrored: [kept(1, 20, { runUid: 'former' })],
        want: ['Write 1@20'],
      },
      {
        name: 'leaves what it cannot understand',
        pins: [pin(20)],
        mirrored: [
          { ...kept(1, 20), words: undefined },
          { ...kept(1, 10), words: undefined },
        ],
        want: [],
      },
      {
        name: 'leaves the pin of what is not there any more, as long as the spec names it',
        pins: [pin(25), pin(26, { attempt: 1 })],
        mirrored: [kept(1, 25), kept(1, 26)],
        want: [],
      },
      {
        name: "takes away what was the lineage's and is not any more",
        pins: [pin(40)],
        mirrored: [kept(1, 40), kept(2, 40)],
        want: ['Remove 1@40'],
      },
    ],
  )('$name', ({ pins, mirrored = [], want }) => {
    expect(told(planMirror(asked(pins, mirrored)))).toEqual(want);
  });

  test('says of which checkpoints, until when, why and since when, over what it read', () => {
    const mirrored = [kept(1, 40, { reason: 'old', since: 3 })];
    const until = storeTime + 1000;
    const pins = [pin(40, { attempt: 1, until, reason: 'demo' })];
    expect(planMirror(asked(pins, mirrored))).toEqual([
      {
        change: 'Write',
        attempt: 1,
        update: 40,
        words: {
          runUid: 'run-uid',
          reason: 'demo',
          until,
          since: 3,
          keys: ['attempts/0001-11111111/last/model_40.pt', 'attempts/0001-11111111/steps/model_40.pt'],
        },
        over: 'etag-1-40',
      },
    ]);
  });

  test('of two pins of one checkpoint the one that holds longer is written', () => {
    const changes = planMirror(asked([pin(20, { until: 5000 }), pin(20, { attempt: 1 })]));
    expect(changes).toMatchObject([{ change: 'Write', words: { until: undefined } }]);
  });

  test('changes nothing while the lineage cannot be read', () => {
    const torn: readonly AttemptTale[] = [{ number: 2, from: [1, 20], steps: [30] }];
    expect(planMirror(asked([pin(30)], [kept(1, 20)], torn))).toEqual([]);
  });
});

const last = (pins: readonly Pin[], all = tales, mirrored: readonly BucketPin[] = []): readonly string[] =>
  told(planLastMirror({ ...asked(pins, mirrored, all), highestAttempt: 2 }));

describe('before a run goes', () => {
  test('a pin of what is not there yet holds what may still come', () => {
    expect(last([pin(25), pin(26, { attempt: 1 })])).toEqual(['Write 2@25', 'Write 1@26']);
  });

  test("without a lineage, the lineage's means every attempt's", () => {
    const torn: readonly AttemptTale[] = [
      { number: 1, from: 'unopened', steps: [30] },
      { number: 2, from: [1, 20], steps: [30] },
    ];
    expect(last([pin(30)], torn)).toEqual(['Write 1@30', 'Write 2@30']);
  });

  test('no pin is taken away', () => {
    expect(last([], tales, [kept(1, 20)])).toEqual([]);
  });
});

test('what holds beside the spec is whatever did not come from it; a newer layout stops', () => {
  const unreadable = { ...kept(1, 10), words: undefined };
  const pins = [kept(1, 20), kept(1, 40, { runUid: 'former', until: 7 }), unreadable];
  expect(asPins(besideSpec(pins, 'run-uid'))).toEqual([
    { attempt: 1, update: 40, until: 7, reason: undefined },
    { attempt: 1, update: 10, until: undefined, reason: undefined },
  ]);
  expect(whyPinsStop(pins)).toBeUndefined();
  expect(whyPinsStop([{ ...unreadable, newer: 'It is newer.' }])).toBe('It is newer');
});

const pins: fc.Arbitrary<readonly Pin[]> = fc.array(
  fc.record({
    update: fc.integer({ min: 1, max: 60 }),
    attempt: fc.nat({ max: 3 }),
    until: fc.constantFrom(undefined, 5000, 9000),
    reason: fc.constantFrom(undefined, 'demo'),
  }),
  { maxLength: 6 },
);

const mirrored = fc.array(
  fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom('run-uid', 'former', undefined),
    )
    .map(([attempt, update, runUid]) => {
      const one = kept(attempt, update);
      return runUid === undefined ? { ...one, words: undefined } : kept(attempt, update, { runUid });
    }),
  { maxLength: 6 },
);

const nameOf = ({ attempt, update }: Pick<BucketPin, 'attempt' | 'update'>): string => `${attempt}@${update}`;

function after(before: readonly BucketPin[], changes: readonly PinChange[]): readonly BucketPin[] {
  const touched = new Set(changes.map(nameOf));
  const written = changes.flatMap((one): readonly BucketPin[] =>
    one.change === 'Write' ? [{ ...kept(one.attempt, one.update), words: one.words }] : [],
  );
  return [...before.filter((one) => !touched.has(nameOf(one))), ...written];
}

test('afterwards everything pinned is kept, nothing else of this run is, and nothing is left to change', () => {
  fc.assert(
    fc.property(bucketTales, pins, mirrored, (all, wanted, found) => {
      const before = [...new Map(found.map((one) => [nameOf(one), one])).values()];
      const question = asked(wanted, before, all);
      const changes = planMirror(question);
      const now = after(before, changes);
      expect(planMirror({ ...question, mirrored: now })).toEqual([]);
      const foreign = before.filter(({ words }) => words?.runUid !== 'run-uid');
      expect(foreign.every((one) => now.some((other) => nameOf(other) === nameOf(one)))).toBe(true);
      const reading = readStanding(question.inventory.attempts, question.origins);
      const standing =
        reading.kind === 'Read' ? reading.standing : { order: [], onLineage: 0, leftBehindAt: [] };
      const held = wanted.flatMap((one) =>
        pinnedPlaces(standing, one).map((at) => `${standing.order[at]?.attempt.number}@${one.update}`),
      );
      expect(held.filter((name) => !now.some((one) => nameOf(one) === name))).toEqual([]);
    }),
    { numRuns: runs(400, 40_000) },
  );
});
