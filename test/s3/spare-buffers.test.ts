// Spare buffers: one that was given back is used again, whole.
import { expect, test } from 'vitest';
import { SpareBuffers } from '../../src/s3/spare-buffers.ts';

test('a buffer is used again once it was given back, never while it is out', () => {
  const buffers = new SpareBuffers();
  const first = buffers.take(1000);
  const second = buffers.take(1000);
  expect(second.buffer).not.toBe(first.buffer);
  buffers.give([first]);
  const third = buffers.take(600);
  expect(third.buffer).toBe(first.buffer);
  expect(third).toHaveLength(600);
  expect(buffers.take(600).buffer).not.toBe(first.buffer);
  buffers.give([third]);
  expect(buffers.take(1000).buffer).toBe(first.buffer);
  expect(buffers.take(2000)).toHaveLength(2000);
});
