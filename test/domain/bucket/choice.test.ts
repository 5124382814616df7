// Which checkpoint RUN[@update] means, and what is said when it means none or several.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseCheckpoint } from '../../../src/domain/bucket/choice.ts';
import { checkpointsOnLineage, traceLineage } from '../../../src/domain/bucket/lineage.ts';
import { planResume, type ResumeQuestion } from '../../../src/domain/bucket/resume.ts';
import { type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

function choose(
  tales: readonly AttemptTale[],
  update: number | undefined,
  change: Partial<ResumeQuestion> = {},
) {
  const { inventory, origins } = bucketFacts(tales);
  const lineage = traceLineage(origins);
  const candidates = lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : undefined;
  const known = { runUid: 'uid', markerUid: 'uid', inventory, origins, expected: undefined };
  const plan = planResume({ ...known, ...change });
  return { choice: chooseCheckpoint({ inventory, lineage: candidates, plan }, update), candidates };
}

const rolledBack: readonly AttemptTale[] = [
  { number: 1, steps: [10, 20, 30], last: [30] },
  { number: 2, from: [1, 20], steps: [25], last: [25] },
];

describe('a run alone means its resume point, an update that of the lineage', () => {
  test.each([
    { update: undefined, key: 'attempts/0002-22222222/last/model_25.pt' },
    { update: 25, key: 'attempts/0002-22222222/last/model_25.pt' },
    { update: 10, key: 'attempts/0001-11111111/steps/model_10.pt' },
  ])('$update', ({ update, key }) => {
    expect(choose(rolledBack, update).choice).toMatchObject({
      kind: 'Chosen',
      checkpoint: { key: `prod/voice/zh/${key}` },
    });
  });
});

describe('what cannot be chosen is said with what there is', () => {
  test.each([
    {
      name: 'abandoned',
      tales: rolledBack,
      update: 30,
      says: /^update 30 was abandoned .* its key: .*last\/model_30\.pt, .*steps\/model_30\.pt$/,
    },
    {
      name: 'never saved',
      tales: rolledBack,
      update: 11,
      says: /^there is no checkpoint of update 11; the nearest are of 10, 20, 25$/,
    },
    {
      name: 'no checkpoint at all',
      tales: [{ number: 1 }],
      update: undefined,
      says: /^it has no checkpoint of its own yet$/,
    },
    {
      name: 'no checkpoint on the lineage',
      tales: [{ number: 1 }],
      update: 7,
      says: /update 7; the lineage has none$/,
    },
    {
      name: 'an update trained twice on one lineage',
      tales: [
        { number: 1, last: [20] },
        { number: 2, from: [1, 20], last: [20] },
      ],
      update: 20,
      says: /^update 20 is on the lineage more than once: .*0002-22222222.*, .*0001-11111111.*; name one by its key$/,
    },
  ] as const)('$name', ({ tales, update, says }) => {
    const { choice } = choose(tales, update);
    expect(choice).toMatchObject({ kind: 'None', why: expect.stringMatching(says) });
  });
});

describe('where the next attempt starts otherwise', () => {
  const rollback = { update: 10, attempt: 0, id: '1' };
  test.each([
    {
      name: 'a rollback to be carried out moves the resume point',
      change: { rollback },
      update: undefined,
      is: 'steps/model_10.pt',
    },
    { name: 'and leaves the lineage as it is', change: { rollback }, update: 25, is: 'last/model_25.pt' },
    {
      name: 'one that cannot be carried out too',
      change: { rollback: { ...rollback, update: 11 } },
      update: 25,
      is: 'last/model_25.pt',
    },
  ])('$name', ({ change, update, is }) => {
    const { choice } = choose(rolledBack, update, change);
    expect(choice).toMatchObject({ kind: 'Chosen', checkpoint: { key: expect.stringContaining(is) } });
  });

  test.each([
    {
      name: 'a rollback to nothing',
      change: { rollback: { ...rollback, update: 0 } },
      update: undefined,
      says: /^the next attempt starts from scratch/,
    },
    {
      name: 'a rollback to nowhere',
      change: { rollback: { ...rollback, update: 11 } },
      update: undefined,
      says: /asks for update 11/,
    },
    {
      name: "another run's bucket",
      change: { markerUid: 'other' },
      update: 25,
      says: /has a run\.json of run UID other/,
    },
    {
      name: 'a run without a bucket',
      change: { markerUid: undefined },
      update: undefined,
      says: /has no run\.json/,
    },
  ])('$name has no checkpoint to give', ({ change, update, says }) => {
    const { choice } = choose(rolledBack, update, change);
    expect(choice).toMatchObject({ kind: 'None', why: expect.stringMatching(says) });
  });

  test('nor has a lineage that cannot be read', () => {
    const broken: readonly AttemptTale[] = [
      { number: 1, from: 'unopened', last: [20] },
      { number: 2, from: [1, 20], last: [30] },
    ];
    for (const update of [undefined, 30])
      expect(choose(broken, update).choice).toMatchObject({
        kind: 'None',
        why: expect.stringMatching(/cannot be read/),
      });
  });
});

test('what is chosen is a candidate of that update, and the first of them', () => {
  const questions = fc.record({
    tales: bucketTales,
    update: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(questions, ({ tales, update }) => {
      const { choice, candidates } = choose(tales, update);
      const matching = (candidates ?? []).filter((one) => update === undefined || one.update === update);
      const attempts = new Set(matching.map(({ attempt }) => attempt.number)).size;
      const isClear = attempts === 1 || (attempts > 1 && update === undefined);
      const chosen = choice.kind === 'Chosen' ? choice.checkpoint : undefined;
      expect(chosen).toBe(isClear ? matching[0] : undefined);
    }),
    { numRuns: runs(300, 20_000) },
  );
});
