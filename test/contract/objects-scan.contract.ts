// What an ObjectStore promises of scans, and of what a listing does not show: every object once, in no order, or an error.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  attempt,
  collect,
  never,
  sample,
  type StoreSubject,
  text,
  uploadOf,
} from '../support/object-samples.ts';

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

/** Registers the suite; `open` is called once per group. */
export function describeScans(open: () => Promise<StoreSubject>): void {
  describe('scan', () => {
    let subject: StoreSubject;
    let at: (name: string) => string;
    beforeAll(async () => {
      subject = await open();
      at = (name) => `${subject.prefix}scan/${name}`;
      const runs = ['a', 'b', 'c', 'é', 'Z'];
      const keys = runs.flatMap((run) =>
        Array.from({ length: subject.manyKeys }, (_, n) => at(`below/${run}/${n}`)),
      );
      for (const key of [...keys, at('below'), at('below-beside/x')])
        await subject.store.put({ key, bytes: text(key), condition: 'any' }, never).catch(() => {});
    });

    test.each([
      { title: 'nothing known', landmarks: [] },
      { title: 'landmarks, true and false', landmarks: ['a/', 'b/3', 'c/', 'c0', 'x', 'é/'] },
    ])('tells what list tells, with $title', async ({ landmarks }) => {
      const prefix = at('below/');
      const request = { prefix, landmarks: landmarks.map((name) => prefix + name) };
      const pages = await collect(subject.store.scan(request, never));
      for (const page of pages) expect(page).toEqual(page.toSorted(byKey));
      const listed = (await collect(subject.store.list(prefix, never))).flat();
      expect(listed.length).toBe(5 * subject.manyKeys);
      expect(pages.flat().toSorted(byKey)).toEqual(listed);
    });

    test('takes landmarks from anywhere', async () => {
      const landmarks = ['', 'a', '\u{10FFFF}', at('below/'), at('below/c/')];
      const pages = await collect(subject.store.scan({ prefix: at('below/c/'), landmarks }, never));
      expect(pages.flat().length).toBe(subject.manyKeys);
    });

    test('of nothing is empty', async () => {
      expect((await collect(subject.store.scan({ prefix: at('empty/') }, never))).flat()).toEqual([]);
    });

    test('of versions tells the objects of a bucket that keeps none', async () => {
      const prefix = at('below/');
      const versions = (await collect(subject.store.scanVersions({ prefix }, never))).flat();
      const listed = (await collect(subject.store.list(prefix, never))).flat();
      const latest = { isLatest: true, isDeleteMarker: false, versionId: 'null' };
      expect(versions.toSorted(byKey)).toEqual(listed.map((object) => ({ ...object, ...latest })));
    });

    test.each(['scan', 'scanVersions'] as const)(
      '%s with an aborted signal rejects with its reason',
      async (way) => {
        const reason = new Error('told to stop');
        const pages = subject.store[way]({ prefix: at('below/') }, AbortSignal.abort(reason));
        expect(await attempt(collect<unknown>(pages))).toBe(reason);
      },
    );
  });

  test('an unfinished upload tells since when, and how many bytes it keeps', async () => {
    const { store, prefix, manyPartsBytes } = await open();
    const key = `${prefix}unfinished/large`;
    const upload = uploadOf(key, sample(manyPartsBytes));
    const first = Promise.withResolvers<void>();
    const read = async (offset: number, into: Uint8Array): Promise<void> => {
      if (offset + into.length < manyPartsBytes) return upload.read(offset, into);
      await first.promise;
      throw new Error('torn');
    };
    const onProgress = (bytes: number): void => (bytes > 0 ? first.resolve() : undefined);
    const resumption = { uploadId: undefined, onOpened: async () => {} };
    await attempt(store.upload({ ...upload, read, onProgress, resumption }, never));
    const [found, ...more] = await store.listUploads(key, never);
    expect(more).toEqual([]);
    expect(Math.abs((found?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    const unfinished = { key, uploadId: found?.uploadId ?? '' };
    const size = (await store.sizeOfUpload(unfinished, never)) ?? 0;
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(manyPartsBytes);
    await store.abortUpload(unfinished, never);
    expect(await store.sizeOfUpload(unfinished, never)).toBeUndefined();
  });
}
