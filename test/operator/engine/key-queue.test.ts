// The queue's promise: a key waits at most once, is never with two workers, and is never lost.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyQueue } from '../../../src/operator/engine/key-queue.ts';
import { runs } from '../../support/counts.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

const ready = async (queue: KeyQueue): Promise<string[]> => {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = await queue.take();
    if (key !== undefined) keys.push(key);
  }
  return keys;
};

describe('KeyQueue', () => {
  test('hands keys out in the order they were added, each once', async () => {
    const queue = new KeyQueue(new VirtualClock());
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(await ready(queue)).toEqual(['b', 'a', 'c']);
  });

  test('gives a key that waits for a worker to the worker that waits for a key', async () => {
    const queue = new KeyQueue(new VirtualClock());
    const taken = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(taken)).toEqual(['a', 'b']);
  });

  test('keeps a key that is added while a worker has it until that worker is done', async () => {
    const queue = new KeyQueue(new VirtualClock());
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    const handed: (string | undefined)[] = [];
    const second = (async () => handed.push(await queue.take()))();
    await settle();
    expect(handed).toEqual([]);
    queue.done('a');
    await second;
    expect(handed).toEqual(['a']);
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test.each([
    { name: 'a later delay does not put off an earlier one', delays: [1, 5], wantAfter: 1 },
    { name: 'an earlier delay takes the place of a later one', delays: [5, 1], wantAfter: 1 },
    { name: 'a wait of more than a day ends after a day', delays: [1e9], wantAfter: 86_400 },
  ])('$name', async ({ delays, wantAfter }) => {
    const clock = new VirtualClock();
    const queue = new KeyQueue(clock);
    for (const delay of delays) queue.addAfter('a', delay);
    expect(clock.sleeping).toBe(1);
    await clock.advance(wantAfter * 1000 - 1);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await ready(queue)).toEqual(['a']);
    await clock.advance(10_000);
    expect(queue.depth).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  test('does not let a delay hold back a key that is added now, and keeps the delay', async () => {
    const clock = new VirtualClock();
    const queue = new KeyQueue(clock);
    queue.addAfter('a', 5);
    queue.add('a');
    expect(await ready(queue)).toEqual(['a']);
    queue.done('a');
    await clock.advance(5000);
    expect(await ready(queue)).toEqual(['a']);
  });

  test('closing ends every take, drops what waits and leaves no timer', async () => {
    const clock = new VirtualClock();
    const queue = new KeyQueue(clock);
    const idle = queue.take();
    queue.addAfter('late', 5);
    queue.close();
    queue.add('a');
    queue.addAfter('a', 1);
    expect(await idle).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(queue.depth).toBe(0);
    expect(clock.sleeping).toBe(0);
  });
});

/** A queue worked on by N workers, each pass taking some time, that records what a key went through. */
class Workshop {
  readonly clock = new VirtualClock();
  readonly queue = new KeyQueue(this.clock);
  readonly busy = new Map<string, number>();
  /** Per key the times passes began. */
  readonly began = new Map<string, number[]>();
  overlaps = 0;

  async work(pace: number): Promise<void> {
    for (let key = await this.queue.take(); key !== undefined; key = await this.queue.take()) {
      const others = this.busy.get(key) ?? 0;
      if (others > 0) this.overlaps += 1;
      this.busy.set(key, others + 1);
      this.began.set(key, [...(this.began.get(key) ?? []), this.clock.monotonic()]);
      await this.clock.sleep(pace, new AbortController().signal);
      this.busy.set(key, (this.busy.get(key) ?? 0) - 1);
      this.queue.done(key);
    }
  }
}

const additions = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    at: fc.integer({ min: 0, max: 2000 }),
    after: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 25 },
);

test('no addition is lost and no key is with two workers, whatever comes when', async () => {
  const cases = fc.asyncProperty(
    additions,
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 700 }),
    async (adds, workers, pace) => {
      const shop = new Workshop();
      const working = Array.from({ length: workers }, async () => shop.work(pace));
      for (const { key, at, after } of adds) {
        void shop.clock.sleep(at, new AbortController().signal).then(() => shop.queue.addAfter(key, after));
      }
      await shop.clock.advance(2000 + 3000 + 700 * 30);
      shop.queue.close();
      await Promise.all(working);
      expect(shop.overlaps).toBe(0);
      for (const { key, at } of adds) {
        // A pass that began at or after the addition saw it.
        expect(Math.max(...(shop.began.get(key) ?? [-1]))).toBeGreaterThanOrEqual(at);
      }
    },
  );
  await fc.assert(cases, { numRuns: runs(50, 5000) });
});
