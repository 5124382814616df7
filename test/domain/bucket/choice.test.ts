// Which checkpoint RUN[@update] means, and what is said when it means none or several.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseCheckpoint } from '../../../src/domain/bucket/choice.ts';
import { checkpointsOnLineage, traceLineage } from '../../../src/domain/bucket/lineage.ts';
import { type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

function choose(tales: readonly AttemptTale[], update: number | undefined) {
  const { inventory, origins } = bucketFacts(tales);
  const lineage = traceLineage(origins);
  const candidates = lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : [];
  return { choice: chooseCheckpoint(inventory, candidates, update), candidates, inventory };
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
    { name: 'no checkpoint at all', tales: [{ number: 1 }], update: undefined, says: /no checkpoint yet/ },
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

test('what is chosen is a candidate of that update, and the first of them', () => {
  const questions = fc.record({
    tales: bucketTales,
    update: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(questions, ({ tales, update }) => {
      const { choice, candidates } = choose(tales, update);
      const matching = candidates.filter((one) => update === undefined || one.update === update);
      const attempts = new Set(matching.map(({ attempt }) => attempt.number)).size;
      const isClear = attempts === 1 || (attempts > 1 && update === undefined);
      const chosen = choice.kind === 'Chosen' ? choice.checkpoint : undefined;
      expect(chosen).toBe(isClear ? matching[0] : undefined);
    }),
    { numRuns: runs(300, 20_000) },
  );
});
