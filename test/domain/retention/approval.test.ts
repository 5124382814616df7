// When a pass waits for a person, and what their word lets through.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ApprovalQuestion, digestOf, judgeApproval } from '../../../src/domain/retention/approval.ts';
import { runs } from '../../support/counts.ts';

const keys = (count: number, from = 0): ReadonlySet<string> =>
  new Set(Array.from({ length: count }, (_, at) => `key-${from + at}`));
const ask = (change: Partial<ApprovalQuestion>): ApprovalQuestion => ({
  condemned: keys(30),
  admitted: keys(0),
  total: 50,
  approveAbove: { percent: 50, checkpoints: 20 },
  approved: undefined,
  asked: new Map(),
  ...change,
});

test.each<{ name: string; change: Partial<ApprovalQuestion>; admitted: number; waiting?: number }>([
  { name: 'more than both limits waits, and nothing goes', change: {}, admitted: 0, waiting: 30 },
  { name: 'exactly the share goes', change: { total: 60 }, admitted: 30 },
  { name: 'exactly the number goes', change: { condemned: keys(20), total: 21 }, admitted: 20 },
  {
    name: 'one more than the number waits',
    change: { condemned: keys(21), total: 22 },
    admitted: 0,
    waiting: 21,
  },
  { name: 'what an earlier pass let through is not new', change: { admitted: keys(15) }, admitted: 30 },
  {
    name: 'what an earlier pass let through goes on while the rest waits',
    change: { condemned: keys(60), admitted: keys(15), total: 70 },
    admitted: 15,
    waiting: 45,
  },
  { name: 'what is approved goes', change: { approved: digestOf(keys(30)) }, admitted: 30 },
  {
    name: 'whoever agrees to all that is condemned agrees to what waits of it',
    change: { condemned: keys(60), admitted: keys(15), total: 70, approved: digestOf(keys(60)) },
    admitted: 60,
  },
  { name: 'another approval is none', change: { approved: digestOf(keys(29)) }, admitted: 0, waiting: 30 },
  {
    name: 'of an earlier approval, what is still condemned goes; the little that is new needs none',
    change: { approved: digestOf(keys(25)), asked: new Map([[digestOf(keys(25)), keys(25)]]) },
    admitted: 30,
  },
  {
    name: 'much that is new waits again',
    change: {
      condemned: keys(60),
      total: 70,
      approved: digestOf(keys(22)),
      asked: new Map([[digestOf(keys(22)), keys(22)]]),
    },
    admitted: 22,
    waiting: 38,
  },
])('$name', ({ change, admitted, waiting }) => {
  const judged = judgeApproval(ask(change));
  expect([judged.admitted.size, judged.waiting?.keys.size]).toEqual([admitted, waiting]);
  expect(judged.waiting?.digest).toBe(judged.waiting && digestOf(judged.waiting.keys));
});

test('what waits or is not condemned is never let through, and nothing is forgotten', () => {
  const some = fc.uniqueArray(fc.nat({ max: 60 })).map((all) => new Set(all.map((at) => `key-${at}`)));
  fc.assert(
    fc.property(fc.tuple(some, some, some), fc.nat({ max: 80 }), ([condemned, before, asked], total) => {
      const approved = digestOf(asked);
      const question = ask({
        condemned,
        admitted: before,
        total: Math.max(total, condemned.size),
        approveAbove: { percent: 10, checkpoints: 3 },
        approved,
        asked: new Map([[approved, asked]]),
      });
      const { admitted, waiting } = judgeApproval(question);
      const waits = waiting?.keys ?? new Set();
      expect(new Set([...admitted, ...waits])).toEqual(condemned);
      expect([...admitted].filter((key) => waits.has(key))).toEqual([]);
      expect([...waits].filter((key) => before.has(key) || asked.has(key))).toEqual([]);
    }),
    { numRuns: runs(300, 20_000) },
  );
});
