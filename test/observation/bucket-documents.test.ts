// Fetching the documents of many attempts side by side.
import { expect, test } from 'vitest';
import { sideBySide } from '../../src/observation/bucket-documents.ts';
import { settle } from '../support/virtual-clock.ts';

const items = Array.from({ length: 50 }, (_, at) => at);

test('the results stand in the order of the items, however they come; no more than eight are under way', async () => {
  let under = 0;
  let most = 0;
  const task = async (item: number): Promise<number> => {
    under += 1;
    most = Math.max(most, under);
    for (let turns = (item * 7) % 5; turns >= 0; turns -= 1) await Promise.resolve();
    under -= 1;
    return item * 2;
  };
  expect(await sideBySide(items, task)).toEqual(items.map((item) => item * 2));
  expect(most).toBe(8);
  expect(await sideBySide([], task)).toEqual([]);
});

test('after a failure none is begun', async () => {
  const begun: number[] = [];
  const task = async (item: number): Promise<void> => {
    begun.push(item);
    await Promise.resolve();
    if (item === 3) throw new Error('refused');
  };
  await expect(sideBySide(items, task)).rejects.toThrow('refused');
  const before = begun.length;
  await settle();
  expect(begun).toHaveLength(before);
  expect(before).toBeLessThan(items.length);
});
