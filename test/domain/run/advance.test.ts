// Since when a trainer is where it is: from look to look, over a restart of the operator, and never earlier than is true.
import { expect, test } from 'vitest';
import { type Advance, advancedAt, furthest } from '../../../src/domain/run/advance.ts';
import { ago, now, sightOf, timeAgo } from '../../support/run-snapshots.ts';

const before = sightOf(1, 40, { advancedAt: ago(300) });
const told = { update: 40, source: 'Pod', advancedAt: timeAgo(300), observedAt: timeAgo(100) } as const;

test.each<{ name: string; advance: Partial<Advance>; want: number | undefined }>([
  { name: 'nothing is seen', advance: { update: undefined }, want: undefined },
  { name: 'the last look saw the same', advance: { before }, want: ago(300) },
  { name: 'the last look saw another', advance: { before: { ...before, update: 39 } }, want: now },
  {
    name: 'the last look saw another, as status did',
    advance: { before: { ...before, update: 39 }, told },
    want: now,
  },
  { name: 'it is the first look', advance: {}, want: now },
  { name: 'it is the first look, and status knows', advance: { told }, want: ago(300) },
  {
    name: 'it is the first look, and status knows another',
    advance: { told: { ...told, update: 39 } },
    want: now,
  },
  { name: 'status tells a time to come', advance: { told: { ...told, advancedAt: timeAgo(-5) } }, want: now },
  { name: 'status tells none', advance: { told: { update: 40, observedAt: timeAgo(9) } }, want: now },
])('when $name', ({ advance, want }) => {
  expect(advancedAt({ update: 40, seenAt: now, before: undefined, told: undefined, ...advance })).toBe(want);
});

test('the furthest of what is known counts', () => {
  expect([furthest(3, null, 7, undefined), furthest(null, undefined), furthest(0)]).toEqual([
    7,
    undefined,
    0,
  ]);
});
