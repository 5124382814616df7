// How the parts of a transfer share the lanes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutParts, type Lane, type Part, runLanes } from '../../src/s3/lanes.ts';
import { attempt, never } from '../support/object-samples.ts';

const holds = ({ size, part }: { size: number; part: number }): void => {
  let end = 0;
  cutParts(size, part).forEach((piece, index) => {
    expect(piece).toMatchObject({ index, offset: end });
    expect(piece.length).toBeGreaterThan(0);
    expect(piece.length).toBeLessThanOrEqual(part);
    end += piece.length;
  });
  expect(end).toBe(size);
};

test('parts cover every byte once, in order', () => {
  const sizes = fc.record({ size: fc.nat(5000), part: fc.integer({ min: 1, max: 700 }) });
  fc.assert(fc.property(sizes, holds));
});

const parts = cutParts(20, 1);

/** Work that takes a few turns, and remembers how many did so at the same time. */
function gauge(during: (part: Part, lane: Lane) => void = () => {}) {
  const seen = { done: [] as number[], running: 0, widths: [] as number[] };
  const work = async (part: Part, lane: Lane): Promise<void> => {
    seen.running += 1;
    seen.widths.push(seen.running);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      during(part, lane);
      seen.done.push(part.index);
    } finally {
      seen.running -= 1;
    }
  };
  return { seen, work };
}

describe('lanes', () => {
  test('do every part once, no more at a time than there are lanes', async () => {
    const { seen, work } = gauge();
    await runLanes({ parts, lanes: 3 }, () => work, never);
    expect(seen.done.toSorted((a, b) => a - b)).toEqual(parts.map(({ index }) => index));
    expect(Math.max(...seen.widths)).toBe(3);
  });

  test('that are throttled retire, but for one', async () => {
    const { seen, work } = gauge((_, { onThrottled }) => onThrottled());
    await runLanes({ parts, lanes: 3 }, () => work, never);
    expect(seen.done).toHaveLength(parts.length);
    expect(seen.widths.slice(3)).toEqual(parts.slice(3).map(() => 1));
  });

  test('all end with the first failure, and no work is left running', async () => {
    const broken = new Error('part 4 is broken');
    const { seen, work } = gauge(({ index }) => {
      if (index === 4) throw broken;
    });
    expect(await attempt(runLanes({ parts, lanes: 3 }, () => work, never))).toBe(broken);
    expect(seen.running).toBe(0);
    expect(seen.done.length).toBeLessThan(10);
  });

  test('end with the reason of an abort', async () => {
    const stop = new AbortController();
    const { seen, work } = gauge(({ index }, { signal }) => {
      if (index === 2) stop.abort(new Error('enough'));
      signal.throwIfAborted();
    });
    expect(await attempt(runLanes({ parts, lanes: 3 }, () => work, stop.signal))).toBe(stop.signal.reason);
    expect(seen.running).toBe(0);
  });
});
