// When nothing at all may be deleted.
import { describe, expect, test } from 'vitest';
import { bucketFacts, storeTime } from '../../support/bucket-facts.ts';
import { type Asked, condemned, question, steps, told } from '../../support/retention-question.ts';

describe('nothing at all is condemned', () => {
  const asked = question(steps, { keepNewest: 1 });

  test.each<{ name: string; change: Partial<Asked>; why: string }>([
    {
      name: 'by a run whose place it is not',
      change: { runUid: 'other' },
      why: "prod/voice/zh/run.json is not this run's",
    },
    {
      name: 'without a run.json',
      change: { markerUid: undefined },
      why: 'there is no prod/voice/zh/run.json',
    },
    {
      name: 'when the lineage cannot be read',
      change: { origins: bucketFacts([...steps, { number: 3, from: [2, 60] }]).origins },
      why: 'the lineage cannot be read: attempt 0003-33333333',
    },
    {
      name: "without the store's clock",
      change: { storeTime: undefined },
      why: "the store's clock",
    },
    {
      name: 'when the clocks differ by more than five minutes',
      change: { now: storeTime + 300_001 },
      why: 'the clock of the operator and that of the store differ by 300 s',
    },
    {
      name: 'when the clocks differ the other way round',
      change: { now: storeTime - 300_001 },
      why: 'set the clocks right (NTP)',
    },
    {
      name: 'when a checkpoint comes from the future',
      change: question([{ number: 1, steps: [10, 20, 30], ages: [900, -301, 800] }], { keepNewest: 1 }),
      why: "an object was saved 301 s after the store's present time",
    },
    {
      name: 'when an attempt.json comes from the future',
      change: question([...steps, { number: 2, from: [1, 60], openedAge: -301 }], { keepNewest: 1 }),
      why: "set the store's clock right",
    },
  ])('$name', ({ change, why }) => {
    expect(condemned(asked)).not.toEqual([]);
    expect(told({ ...asked, ...change })['stopped']).toContain(why);
  });

  test.each([
    { name: 'clocks that differ by five minutes', change: { now: storeTime + 300_000 } },
    {
      name: 'what was saved five minutes from now',
      change: question([{ ...steps[0], number: 1, ages: [900, 900, 900, 900, 900, -300] }], {
        keepNewest: 1,
      }),
    },
  ])('but $name are borne', ({ change }) => {
    expect(condemned({ ...asked, ...change })).not.toEqual([]);
  });
});
