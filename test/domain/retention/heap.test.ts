// The queue behind thinning and capacity: it gives back what it was given in order, also while what comes first moves back.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from '../../../src/domain/retention/heap.ts';

const taken = <T extends number | object>(heap: Heap<T>): readonly T[] => {
  const all: T[] = [];
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) all.push(next);
  return all;
};

test('the first comes first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      expect(taken(new Heap((a, b) => a - b, items))).toEqual(items.toSorted((a, b) => a - b));
    }),
  );
});

test('what comes first may come later, and is put where it belongs then', () => {
  const item = fc.record({ value: fc.nat(20), later: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(item), fc.nat(30), (drafts, times) => {
      const items = drafts.map((draft) => ({ ...draft }));
      const heap = new Heap<(typeof items)[number]>((a, b) => a.value - b.value, items);
      for (let nth = 0; nth < times; nth += 1) {
        const { first } = heap;
        if (first === undefined) continue;
        first.value += first.later;
        heap.settleFirst();
      }
      expect(taken(heap).map(({ value }) => value)).toEqual(
        items.map(({ value }) => value).toSorted((a, b) => a - b),
      );
    }),
  );
});
