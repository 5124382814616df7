// How the bytes of a body reach the request: in slices, one at a time, and to the end whatever the request says of its buffers.
import type { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { type Slicing, sliceBody } from '../../src/s3/part-body.ts';
import { never, sample } from '../support/object-samples.ts';
import { settle } from '../support/virtual-clock.ts';

const bytes = sample(1000);

/** A request that takes a slice when told, says that it is full, and never says that it is not any more. */
class FullRequest {
  readonly slices: Uint8Array[] = [];
  isEnded = false;
  readonly #waiting: (() => void)[] = [];

  write(slice: Uint8Array, taken: () => void): boolean {
    this.slices.push(slice);
    this.#waiting.push(taken);
    return false;
  }

  end(slice: Uint8Array): void {
    this.slices.push(slice);
    this.isEnded = true;
  }

  take(): void {
    this.#waiting.shift()?.();
  }
}

function pipe(change: Partial<Slicing> = {}): FullRequest {
  const signed = { body: bytes as unknown };
  sliceBody(signed, { sliceBytes: 300, throttle: undefined, signal: never, ...change });
  const request = new FullRequest();
  (signed.body as NodeJS.ReadableStream).pipe(request as unknown as Writable);
  return request;
}

test('each slice waits until the socket has taken the one before; the last ends the request', async () => {
  const request = pipe();
  for (const sent of [1, 2, 3, 4]) {
    await settle();
    expect(request.slices).toHaveLength(sent);
    expect(request.isEnded).toBe(sent === 4);
    request.take();
  }
  expect(Buffer.concat(request.slices).equals(bytes)).toBe(true);
});

test('a body of one slice, or of none, ends at once', async () => {
  const request = pipe({ sliceBytes: 1000 });
  await settle();
  expect(request.isEnded).toBe(true);
  const signed = { body: new Uint8Array(0) as unknown };
  sliceBody(signed, { sliceBytes: 1000, throttle: undefined, signal: never });
  const empty = new FullRequest();
  (signed.body as NodeJS.ReadableStream).pipe(empty as unknown as Writable);
  await settle();
  expect(empty.isEnded).toBe(true);
});
