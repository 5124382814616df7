// What a plan tells beside its rulings, word by word.
import { expect, test } from 'vitest';
import { noteworthy } from '../../../src/domain/retention/notes.ts';

const pin = (update: number, attempt = 0): { update: number; attempt: number; until: undefined } => ({
  update,
  attempt,
  until: undefined,
});

test.each<{ name: string; plan: Parameters<typeof noteworthy>[0]; want: readonly string[] }>([
  { name: 'nothing', plan: { unmatchedPins: [], bucketPins: [], shortfalls: [] }, want: [] },
  {
    name: 'pins that name nothing, with their attempt',
    plan: { unmatchedPins: [pin(25), pin(30, 2)], bucketPins: [], shortfalls: [] },
    want: [
      'spec.pins names what is not there, so that it protects nothing: update 25, update 30 of attempt 2; correct or remove it.',
    ],
  },
  {
    name: 'pins that hold though the spec has none',
    plan: { unmatchedPins: [], bucketPins: [pin(25, 1)], shortfalls: [] },
    want: [
      'The bucket keeps pins that hold beside spec.pins, of a former run of this name or not to be read: update 25 of attempt 1; kubectl reprise unpin RUN@UPDATE lets go of one.',
    ],
  },
  {
    name: 'of many pins the first',
    plan: {
      unmatchedPins: [1, 2, 3, 4, 5, 6, 7].map((update) => pin(update)),
      bucketPins: [],
      shortfalls: [],
    },
    want: [expect.stringContaining('update 5 and 2 more; correct')],
  },
  {
    name: 'limits that cannot be kept',
    plan: {
      unmatchedPins: [],
      bucketPins: [],
      shortfalls: [
        { limit: 'MaxCheckpoints', allowed: 2, left: 3 },
        { limit: 'MaxBytes', allowed: 1e9, left: 5.39e9 },
        { limit: 'MaxPins', allowed: 1, left: 2 },
      ],
    },
    want: [
      'maxCheckpointsPerRun cannot be kept: 3 checkpoints stay, though 2 are allowed, because what is left is locked, pinned, kept by a floor or no step checkpoint. Raise it, or remove pins.',
      'maxBytes cannot be kept: 5.39 GB stay, though 1.00 GB are allowed, because what is left is locked, pinned, kept by a floor or no step checkpoint. Raise it, or remove pins.',
      'spec.pins has 2 pins, though maxPinsPerRun allows 1: they hold all the same, but remove those that are not needed.',
    ],
  },
])('tells $name', ({ plan, want }) => {
  expect(noteworthy(plan)).toEqual(want);
});
