// World size, plan and progress, as only the LR scheduler in a checkpoint knows them.
import { describe, expect, test } from 'vitest';
import { scanPickle } from '../../src/checkpoint/pickle-scan.ts';
import { readTrainingState } from '../../src/checkpoint/training-state.ts';
import type { PicklePart } from '../support/pickles.ts';
import { buildPickle } from '../support/pickles.ts';

const scheduler = (lastEpoch: PicklePart, totals: readonly PicklePart[]): readonly PicklePart[] => [
  "'model_state_dict",
  'DICT',
  'SETITEM',
  "'optimizer_state_dict",
  'DICT',
  'SETITEM',
  "'scheduler_state_dict",
  'DICT',
  "'last_epoch",
  lastEpoch,
  'SETITEM',
  "'_schedulers",
  'LIST',
  ...totals.flatMap((total): readonly PicklePart[] => ['DICT', "'total_iters", total, 'SETITEM', 'APPEND']),
  'SETITEM',
  'SETITEM',
  "'update",
  100,
  'SETITEM',
];

describe('what the schedule tells', () => {
  test.each([
    {
      name: 'one process',
      items: scheduler(100, [4, 396]),
      want: { worldSize: 1, plannedUpdates: 400, percent: 25 },
    },
    {
      name: 'eight processes',
      items: scheduler(800, [32, 3168]),
      want: { worldSize: 8, plannedUpdates: 400, percent: 25 },
    },
    {
      name: 'some updates skipped by fp16',
      items: scheduler(797, [32, 3168]),
      want: { worldSize: 8, plannedUpdates: 400, percent: 24 },
    },
    { name: 'beyond its end', items: scheduler(500, [4, 396]), want: { worldSize: 5, percent: 100 } },
    {
      name: 'not begun',
      items: scheduler(0, [4, 396]),
      want: { worldSize: null, plannedUpdates: null, percent: 0 },
    },
    {
      name: 'of length 0',
      items: scheduler(100, [0]),
      want: { worldSize: 1, plannedUpdates: 0, percent: null },
    },
    {
      name: 'without totals',
      items: scheduler(100, []),
      want: { totalIters: null, worldSize: null, percent: null },
    },
    {
      name: 'with a total that is text',
      items: scheduler(100, [4, "'9"]),
      want: { totalIters: null, worldSize: null },
    },
  ])('$name', ({ items, want }) => {
    const { root } = scanPickle(buildPickle(['DICT', ...items]));
    expect(readTrainingState(root)).toMatchObject({ state: want, problems: [] });
  });
});
