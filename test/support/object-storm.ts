// A fixed piece of work on an object store behind a proxy that spoils requests by chance: what may go wrong and what may not.
// Every outcome is checked against a second look at the bucket past the proxy.
import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import type { ObjectStore, PutCondition } from '../../src/ports/objects.ts';
import { type FaultProxy, type ProxyFault, seededFaults } from './fault-proxy.ts';
import { codeOf, collect, downloadInto, never, sample, text, uploadOf } from './object-samples.ts';

export interface Storm {
  /** Through the proxy. */
  readonly store: ObjectStore;
  /** Past the proxy. */
  readonly truth: ObjectStore;
  readonly proxy: FaultProxy;
  readonly prefix: string;
  readonly largeBytes: number;
}

export interface StormCost {
  readonly requests: number;
  readonly bytes: number;
}

/** What a caller may be told of a store behind faults: it worked, or it could not be done. */
const honest = ['ok', 'Unavailable', 'Corrupted'];

/** Does the work with faults at these odds (0 for none) and tells what it cost. */
export async function runStorm(storm: Storm, seed: number, odds: number): Promise<StormCost> {
  const { proxy } = storm;
  const before = proxy.requests.length;
  proxy.choose = seededFaults(seed, odds, mayStrike);
  try {
    await uploads(storm, seed);
    await documents(storm, seed);
    await deletions(storm);
  } finally {
    proxy.choose = () => undefined;
  }
  const spent = proxy.requests.slice(before);
  return { requests: spent.length, bytes: spent.reduce((sum, { bytes }) => sum + bytes, 0) };
}

// A changed byte of XML can make another valid answer, which only TLS prevents; of an object, a checksum shows it.
const mayStrike = (fault: ProxyFault, line: string): boolean =>
  fault !== 'flippedAnswer' || /^GET [^?]*\/(large|document)/.test(line);

async function uploads({ store, truth, prefix, largeBytes }: Storm, seed: number): Promise<void> {
  const bytes = sample(largeBytes, seed);
  const key = `${prefix}large`;
  const code = await codeOf(store.upload(uploadOf(key, bytes), never));
  expect(honest).toContain(code);
  const head = await truth.head(key, never);
  if (code === 'ok') expect(head?.sizeBytes).toBe(bytes.length);
  if (head === undefined) return;
  // visible means whole, whatever the uploader was told
  const [whole, kept] = downloadInto(key, head.etag, bytes.length);
  expect(await truth.download(whole, never)).toBe(crc32(bytes));
  expect(Buffer.compare(kept.bytes, bytes)).toBe(0);
  const [download, received] = downloadInto(key, head.etag, bytes.length);
  const outcome = await codeOf(
    store.download(download, never).then((checksum) => expect(checksum).toBe(crc32(received.bytes))),
  );
  expect(honest).toContain(outcome);
}

async function documents({ store, truth, prefix }: Storm, seed: number): Promise<void> {
  for (let n = 0; n < 4; n += 1) {
    const key = `${prefix}document-${n % 2}`;
    const before = await truth.get(key, never);
    const condition: PutCondition = before === undefined ? 'absent' : { etag: before.etag };
    const value = `${seed}:${n}`;
    const code = await codeOf(store.put({ key, bytes: text(value), condition }, never));
    expect(honest).toContain(code);
    const after = await truth.get(key, never);
    const now = after === undefined ? undefined : Buffer.from(after.bytes).toString();
    const was = before === undefined ? undefined : Buffer.from(before.bytes).toString();
    if (code === 'ok') expect(now).toBe(value);
    else expect([value, was]).toContain(now);
    await reads({ store, truth, prefix }, key);
  }
}

type Looks = Pick<Storm, 'store' | 'truth' | 'prefix'>;

async function reads({ store, truth, prefix }: Looks, key: string): Promise<void> {
  const want = await truth.get(key, never);
  const got = await settled(store.get(key, never));
  if ('value' in got) expect(got.value).toEqual(want);
  const keys = await settled(collect(store.list(prefix, never)));
  if ('value' in keys) expect(keys.value.flat()).toEqual((await collect(truth.list(prefix, never))).flat());
}

async function settled<T>(promise: Promise<T>): Promise<{ readonly value: T } | { readonly code: string }> {
  const code = await codeOf(promise);
  expect(honest).toContain(code);
  return code === 'ok' ? { value: await promise } : { code };
}

async function deletions({ store, truth, prefix }: Storm): Promise<void> {
  const keys = (await collect(truth.list(prefix, never))).flat().map(({ key }) => key);
  const outcome = await settled(store.delete(keys, never));
  const left = (await collect(truth.list(prefix, never))).flat().map(({ key }) => key);
  if ('value' in outcome) expect(outcome.value.map(({ key }) => key).toSorted()).toEqual(left);
  await truth.delete(left, never);
}
