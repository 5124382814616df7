// What every ObjectStore promises, as one suite: run over the fake, over the adapter before a server with faults, and over
// the adapter before a real S3 server. It asserts what the bucket holds and what was handed over, never which calls were made.
import { beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { describeBulkDeletion } from './objects-deletion.contract.ts';
import { describeDocuments } from './objects-documents.contract.ts';
import { describeResumption } from './objects-resumption.contract.ts';
import { describeScans } from './objects-scan.contract.ts';
import { describeTransfers } from './objects-transfers.contract.ts';
import { attempt, collect, never, text, type StoreSubject } from '../support/object-samples.ts';

/** Registers the whole suite for one implementation; `open` is called once per group. */
export function describeObjectStore(title: string, open: () => Promise<StoreSubject>): void {
  describe(`${title} keeps the promises of an object store`, () => {
    describeListing(open);
    describeScans(open);
    describeDocuments(open);
    describeTransfers(open);
    describeResumption(open);
    describeDeletion(open);
    describeBulkDeletion(open);
    describeAborts(open);
  });
}

async function keysBelow(subject: StoreSubject, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of subject.store.list(prefix, never)) keys.push(...page.map((object) => object.key));
  return keys;
}

async function write(subject: StoreSubject, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => subject.store.put({ key, bytes: text(key), condition: 'any' }, never)));
}

function describeListing(open: () => Promise<StoreSubject>): void {
  describe('list', () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await open();
    });

    test("the first answer tells the store's time", async () => {
      const { store, prefix } = await open();
      expect(store.time()).toBeUndefined();
      await store.head(`${prefix}time`, never);
      expect(Math.abs((store.time() ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    test('nothing below a prefix is an empty listing', async () => {
      expect(await keysBelow(subject, `${subject.prefix}empty/`)).toEqual([]);
    });

    test('tells key, size, time and ETag as head does', async () => {
      const key = `${subject.prefix}facts/one.json`;
      const etag = await subject.store.put({ key, bytes: text('{"a":1}'), condition: 'any' }, never);
      const pages = await collect(subject.store.list(`${subject.prefix}facts/`, never));
      const head = await subject.store.head(key, never);
      expect(pages.flat()).toEqual([{ key, sizeBytes: 7, savedAt: head?.savedAt, etag }]);
      expect(Math.abs((head?.savedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    test('names every key once, in byte order, over several pages, and no neighbour of the prefix', async () => {
      const below = Array.from({ length: subject.manyKeys }, (_, n) => `${subject.prefix}many/${n}`);
      const odd = ['many/a-b', 'many/a/b', 'many/a0', 'many/Z', 'many/é'].map((key) => subject.prefix + key);
      await write(subject, [...below, ...odd, `${subject.prefix}many-more/x`, `${subject.prefix}man`]);
      const keys = await keysBelow(subject, `${subject.prefix}many/`);
      const want = [...below, ...odd].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(keys).toEqual(want);
    });
  });
}

function describeDeletion(open: () => Promise<StoreSubject>): void {
  describe('delete', () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await open();
    });

    test('removes exactly the named keys; an absent one counts as removed', async () => {
      const at = (name: string): string => `${subject.prefix}delete/${name}`;
      await write(subject, ['a', 'a1', 'b', 'c'].map(at));
      expect(await subject.store.delete([at('a'), at('c'), at('never-was')], never)).toEqual([]);
      expect(await keysBelow(subject, at(''))).toEqual([at('a1'), at('b')]);
    });

    test('takes no key, and more keys than one request may carry', async () => {
      const keys = Array.from({ length: 1003 }, (_, n) => `${subject.prefix}bulk/${n}`);
      await write(
        subject,
        [keys[0], keys[999], keys[1002]].flatMap((key) => key ?? []),
      );
      expect(await subject.store.delete([], never)).toEqual([]);
      expect(await subject.store.delete(keys, never)).toEqual([]);
      expect(await keysBelow(subject, `${subject.prefix}bulk/`)).toEqual([]);
    });
  });
}

function describeAborts(open: () => Promise<StoreSubject>): void {
  describe('with an aborted signal', () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await open();
    });

    const reason = new Error('told to stop');
    const aborted = AbortSignal.abort(reason);
    const key = 'aborted/x';
    const cases: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
      list: (store) => collect(store.list(key, aborted)),
      head: (store) => store.head(key, aborted),
      get: (store) => store.get(key, aborted),
      getRange: (store) => store.getRange({ key, etag: '"x"', offset: 0, length: 1 }, aborted),
      put: (store) => store.put({ key, bytes: text('x'), condition: 'any' }, aborted),
      upload: (store) =>
        store.upload({ key, sizeBytes: 1, crc32: 0, metadata: {}, read: async () => {} }, aborted),
      download: (store) => store.download({ key, etag: '"x"', sizeBytes: 1, write: () => {} }, aborted),
      delete: (store) => store.delete([key], aborted),
      probe: (store) => store.probe(subject.prefix, aborted),
    };
    test.each(Object.entries(cases))('%s rejects with its reason', async (_, call) => {
      expect(await attempt(call(subject.store))).toBe(reason);
      expect(await keysBelow(subject, 'aborted/')).toEqual([]);
    });
  });
}
