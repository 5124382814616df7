// The object store's contract for whole checkpoints: upload and download.
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  attempt,
  codeOf,
  downloadInto,
  never,
  sample,
  text,
  uploadOf,
  type StoreSubject,
} from '../support/object-samples.ts';

export function describeTransfers(open: () => Promise<StoreSubject>): void {
  describeUploads(open);
  describeDownloads(open);
}

const sizes = (subject: StoreSubject): readonly number[] => [0, 1, 70_000, subject.manyPartsBytes];

function describeUploads(open: () => Promise<StoreSubject>): void {
  describe('upload', () => {
    let subject: StoreSubject;
    let at: (name: string) => string;
    beforeAll(async () => {
      subject = await open();
      at = (name) => `${subject.prefix}upload/${name}`;
    });
    const visible = (name: string): Promise<unknown> => subject.store.head(at(name), never);

    test('of any size comes back whole, with its metadata', async () => {
      for (const size of sizes(subject)) {
        const bytes = sample(size, size + 1);
        const upload = uploadOf(at(`size-${size}`), bytes);
        const sent: number[] = [];
        await subject.store.upload({ ...upload, onProgress: (total) => sent.push(total) }, never);
        const head = await subject.store.head(upload.key, never);
        expect(head).toMatchObject({ sizeBytes: size, metadata: upload.metadata });
        const [download, received] = downloadInto(upload.key, head?.etag ?? '', size);
        expect(await subject.store.download(download, never)).toBe(crc32(bytes));
        expect(Buffer.compare(received.bytes, bytes)).toBe(0);
        expect(sent).toEqual(sent.toSorted((a, b) => a - b));
        expect(sent.at(-1) ?? 0).toBe(size);
      }
    });

    test('never replaces another object', async () => {
      for (const size of [70_000, subject.manyPartsBytes]) {
        const key = at(`taken-${size}`);
        await subject.store.put({ key, bytes: text('mine'), condition: 'any' }, never);
        const code = await codeOf(subject.store.upload(uploadOf(key, sample(size)), never));
        expect(code).toBe('PreconditionFailed');
        expect(Buffer.from((await subject.store.get(key, never))?.bytes ?? []).toString()).toBe('mine');
      }
    });

    test('of what is already there is a success', async () => {
      for (const size of [70_000, subject.manyPartsBytes]) {
        const upload = uploadOf(at(`again-${size}`), sample(size));
        await subject.store.upload(upload, never);
        await subject.store.upload(upload, never);
        expect(await subject.store.head(upload.key, never)).toMatchObject({ sizeBytes: size });
      }
    });

    test('of a source that is not what was announced leaves nothing', async () => {
      for (const size of [70_000, subject.manyPartsBytes]) {
        const upload = uploadOf(at(`changed-${size}`), sample(size));
        const code = await codeOf(subject.store.upload({ ...upload, crc32: upload.crc32 ^ 1 }, never));
        expect(code).toBe('Corrupted');
        expect(await visible(`changed-${size}`)).toBeUndefined();
      }
    });

    test('whose source fails rejects with that error and leaves nothing', async () => {
      const torn = new Error('the file ended early');
      for (const size of [70_000, subject.manyPartsBytes]) {
        const upload = uploadOf(at(`torn-${size}`), sample(size));
        const read = (offset: number, into: Uint8Array): Promise<void> =>
          offset + into.length === size ? Promise.reject(torn) : upload.read(offset, into);
        expect(await attempt(subject.store.upload({ ...upload, read }, never))).toBe(torn);
        expect(await visible(`torn-${size}`)).toBeUndefined();
      }
    });

    test('aborted on the way rejects with the reason and leaves nothing', async () => {
      const size = subject.manyPartsBytes;
      const stop = new AbortController();
      const upload = uploadOf(at('stopped'), sample(size));
      const onProgress = (): void => stop.abort(new Error('out of time'));
      const outcome = await attempt(subject.store.upload({ ...upload, onProgress }, stop.signal));
      expect(outcome).toBe(stop.signal.reason);
      expect(await visible('stopped')).toBeUndefined();
    });
  });
}

function describeDownloads(open: () => Promise<StoreSubject>): void {
  describe('download', () => {
    let subject: StoreSubject;
    let key: string;
    let etag: string;
    let size: number;
    let bytes: Uint8Array;
    beforeAll(async () => {
      subject = await open();
      key = `${subject.prefix}download/model_500.pt`;
      size = subject.manyPartsBytes;
      bytes = sample(size, 7);
      await subject.store.upload(uploadOf(key, bytes), never);
      etag = (await subject.store.head(key, never))?.etag ?? '';
    });

    test('hands over each byte once and says how far it is', async () => {
      const [download, received] = downloadInto(key, etag, size);
      const progress: number[] = [];
      await subject.store.download({ ...download, onProgress: (total) => progress.push(total) }, never);
      expect(received.handedOver).toBe(size);
      expect(Buffer.compare(received.bytes, bytes)).toBe(0);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(progress.at(-1)).toBe(size);
    });

    test('of ranges hands over these alone, each in order, and tells their CRC32', async () => {
      const [download, received] = downloadInto(key, etag, size);
      const ranges = [
        { offset: 70_000, length: 80_001 },
        { offset: size - 5, length: 5 },
        { offset: 3, length: 60_000 },
      ];
      const next = new Map(ranges.map(({ offset }) => [offset, offset]));
      const write = (offset: number, chunk: Uint8Array): void => {
        download.write(offset, chunk);
        for (const [start, at] of next) if (at === offset) next.set(start, at + chunk.length);
      };
      const wanted = Buffer.concat(
        ranges.map((range) => bytes.subarray(range.offset, range.offset + range.length)),
      );
      expect(await subject.store.download({ ...download, ranges, write }, never)).toBe(crc32(wanted));
      expect(received.handedOver).toBe(wanted.length);
      expect([...next.values()]).toEqual(ranges.map(({ offset, length }) => offset + length));
      expect(await subject.store.download({ ...download, ranges: [], write }, never)).toBe(0);
    });

    test.each([
      { name: 'an absent object', key: '-not', etag: undefined, want: 'NotFound' },
      {
        name: 'another ETag',
        key: '',
        etag: '"0123456789abcdef0123456789abcdef"',
        want: 'PreconditionFailed',
      },
    ])('of $name is $want', async (row) => {
      const [download, received] = downloadInto(key + row.key, row.etag ?? etag, size);
      expect(await codeOf(subject.store.download(download, never))).toBe(row.want);
      expect(received.handedOver).toBe(0);
    });

    test('of an object of another size than announced is Corrupted', async () => {
      const [download] = downloadInto(key, etag, size - 1);
      expect(await codeOf(subject.store.download(download, never))).toBe('Corrupted');
    });

    test('whose sink fails rejects with that error', async () => {
      const full = new Error('no space left on device');
      const write = (): void => {
        throw full;
      };
      expect(await attempt(subject.store.download({ key, etag, sizeBytes: size, write }, never))).toBe(full);
    });

    test('aborted on the way rejects with the reason, and hands over nothing afterwards', async () => {
      const stop = new AbortController();
      const [download, received] = downloadInto(key, etag, size);
      const write = (offset: number, chunk: Uint8Array): void => {
        download.write(offset, chunk);
        stop.abort(new Error('out of time'));
      };
      expect(await attempt(subject.store.download({ ...download, write }, stop.signal))).toBe(
        stop.signal.reason,
      );
      const handedOver = received.handedOver;
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(received.handedOver).toBe(handedOver);
      expect(handedOver).toBeLessThan(size);
    });
  });
}
