// The way to the first update in parts: they touch, they are never negative, and together they are the whole.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Milestones, segmentsOf } from '../../../src/domain/run/segments.ts';
import { runs } from '../../support/counts.ts';

const at = (second: number): number => 1_000_000_000 + second * 1000;

const all: Milestones = {
  interrupted: at(0),
  created: at(1),
  scheduled: at(3),
  pulled: at(6),
  restored: at(15),
  waitedSeconds: 4.2,
  started: at(21),
  firstUpdate: at(28),
};

describe('the segments', () => {
  test('are the times between the milestones, the wait for the flush taken out of restore', () => {
    expect(segmentsOf(all)).toEqual({
      create: 1,
      schedule: 2,
      pull: 3,
      flush: 4,
      restore: 5,
      start: 6,
      firstUpdate: 7,
    });
  });

  test.each<{ name: string; milestones: Partial<Milestones>; want: readonly string[] }>([
    {
      name: 'nothing was interrupted',
      milestones: { interrupted: undefined },
      want: ['schedule', 'pull', 'flush', 'restore', 'start', 'firstUpdate'],
    },
    {
      name: 'the log cannot be read',
      milestones: { firstUpdate: undefined },
      want: ['create', 'schedule', 'pull', 'flush', 'restore', 'start'],
    },
    {
      name: 'attempt.json was not read yet',
      milestones: { waitedSeconds: undefined },
      want: ['create', 'schedule', 'pull', 'start', 'firstUpdate'],
    },
    {
      name: 'kubelet forgot restore',
      milestones: { pulled: undefined, restored: undefined },
      want: ['create', 'schedule', 'firstUpdate'],
    },
    {
      name: 'nothing but its making is known',
      milestones: {
        scheduled: undefined,
        pulled: undefined,
        restored: undefined,
        started: undefined,
        firstUpdate: undefined,
      },
      want: ['create'],
    },
  ])('are those whose ends are known when $name', ({ milestones, want }) => {
    expect(Object.keys(segmentsOf({ ...all, ...milestones }))).toEqual(want);
  });

  test('count a wait that restore rounded up as no more than restore took', () => {
    expect(segmentsOf({ ...all, waitedSeconds: 9.6 })).toMatchObject({ flush: 9, restore: 0 });
  });

  test('are never negative and sum up to the whole, whatever the clocks of the machines say', () => {
    const moment = fc.integer({ min: 0, max: 10_000_000 });
    const milestones = fc.record({
      interrupted: moment,
      created: moment,
      scheduled: moment,
      pulled: moment,
      restored: moment,
      waitedSeconds: fc.double({ min: 0, max: 10_000, noNaN: true }),
      started: moment,
      firstUpdate: moment,
    });
    fc.assert(
      fc.property(milestones, ({ waitedSeconds, ...times }) => {
        const parts = Object.values(segmentsOf({ waitedSeconds, ...times })).map(Number);
        expect(parts).toHaveLength(7);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        const whole =
          Math.floor(Math.max(...Object.values(times)) / 1000) - Math.floor(times.interrupted / 1000);
        expect(parts.reduce((sum, seconds) => sum + seconds, 0)).toBe(whole);
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});
