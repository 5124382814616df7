// How much is asked of a store at once: more while it keeps up, half when it complains, never nothing and never more than allowed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Congestion } from '../../src/s3/congestion.ts';

const open = (): Congestion => new Congestion({ lanes: 8, batchKeys: 1000 });

test('starts with one request, and one more after each success', () => {
  const congestion = open();
  const lanes = Array.from({ length: 10 }, () => {
    const before = congestion.lanes;
    congestion.succeeded();
    return before;
  });
  expect(lanes).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8, 8]);
});

test('a burst of complaints counts once and halves; then it grows by one a round', () => {
  const congestion = open();
  for (let success = 0; success < 10; success += 1) congestion.succeeded();
  const { mark } = congestion;
  for (let complaint = 0; complaint < 8; complaint += 1) congestion.complained(mark);
  expect(congestion.lanes).toBe(4);
  for (let success = 0; success < 4; success += 1) congestion.succeeded();
  expect(congestion.lanes).toBe(4);
  congestion.succeeded();
  expect(congestion.lanes).toBe(5);
  expect(congestion.batchKeys).toBe(1000);
});

test('a store that complains about one request gets smaller ones, and larger ones again', () => {
  const congestion = open();
  congestion.complained(congestion.mark);
  expect([congestion.lanes, congestion.batchKeys]).toEqual([1, 500]);
  congestion.succeeded();
  expect(congestion.batchKeys).toBe(550);
});

test('a batch that was not answered in time is halved', () => {
  const congestion = open();
  for (let success = 0; success < 3; success += 1) congestion.succeeded();
  congestion.overdue(congestion.mark);
  expect([congestion.lanes, congestion.batchKeys]).toEqual([2, 500]);
});

test('whatever happens, something is asked, and never more than allowed', () => {
  const event = fc.constantFrom('succeeded', 'complained', 'overdue', 'late complaint');
  const bounds = fc.record({
    lanes: fc.integer({ min: 1, max: 16 }),
    batchKeys: fc.integer({ min: 1, max: 1000 }),
  });
  fc.assert(
    fc.property(bounds, fc.array(event, { maxLength: 60 }), (most, events) => {
      const congestion = new Congestion(most);
      for (const one of events) {
        if (one === 'succeeded') congestion.succeeded();
        else if (one === 'overdue') congestion.overdue(congestion.mark);
        else congestion.complained(one === 'complained' ? congestion.mark : congestion.mark - 1);
        expect(congestion.lanes).toBeGreaterThanOrEqual(1);
        expect(congestion.lanes).toBeLessThanOrEqual(most.lanes);
        expect(congestion.batchKeys).toBeGreaterThanOrEqual(1);
        expect(congestion.batchKeys).toBeLessThanOrEqual(most.batchKeys);
      }
    }),
  );
});
