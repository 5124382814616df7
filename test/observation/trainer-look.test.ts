// What a sight comes to together with what was heard of the trainer's log while its pod was being ended.
import { expect, test } from 'vitest';
import { type LastHeard, withLastHeard } from '../../src/observation/trainer-look.ts';
import type { TrainerSight } from '../../src/domain/run/trainer-sight.ts';

const sight: TrainerSight = {
  attempt: 1,
  update: 40,
  seenAt: 1000,
  advancedAt: 1000,
  firstUpdate: undefined,
  heard: false,
  final: false,
  plannedUpdates: undefined,
  problems: [],
};

test.each<{ name: string; heard: LastHeard | undefined; update: number; final: boolean }>([
  { name: 'nothing', heard: undefined, update: 40, final: false },
  { name: 'more', heard: { update: 42, isWhole: false }, update: 42, final: false },
  { name: 'more, to the end', heard: { update: 42, isWhole: true }, update: 42, final: true },
  { name: 'less, to the end', heard: { update: 39, isWhole: true }, update: 40, final: true },
  { name: 'no update, to the end', heard: { update: undefined, isWhole: true }, update: 40, final: true },
])('$name was heard', ({ heard, update, final }) => {
  expect(withLastHeard(sight, heard)).toEqual({ ...sight, update, final });
});

test('a log that was read to its end stays so', () => {
  const final = withLastHeard({ ...sight, final: true }, { update: 40, isWhole: false });
  expect(final?.final).toBe(true);
});

test('what was heard of a pod that nobody looked at makes no sight', () => {
  expect(withLastHeard(undefined, { update: 42, isWhole: true })).toBeUndefined();
});
