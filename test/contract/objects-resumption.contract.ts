// The object store's contract for what was cut off, and for copies inside the store.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Resumption, Upload } from '../../src/ports/objects.ts';
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

export function describeResumption(open: () => Promise<StoreSubject>): void {
  describeCutOffs(open);
  describeCopies(open);
}

const cut = new Error('the container was killed');

/** An upload that breaks off at its last byte, and the id it left behind. */
async function breakOff(subject: StoreSubject, upload: Upload): Promise<string> {
  let uploadId = '';
  const onOpened = async (id: string): Promise<void> => {
    uploadId = id;
  };
  const read = (offset: number, into: Uint8Array): Promise<void> =>
    offset + into.length === upload.sizeBytes ? Promise.reject(cut) : upload.read(offset, into);
  const broken = { ...upload, read, resumption: { uploadId: undefined, onOpened } };
  expect(await attempt(subject.store.upload(broken, never))).toBe(cut);
  return uploadId;
}

const goOn = (uploadId: string, onOpened: Resumption['onOpened'] = async () => undefined): Resumption => ({
  uploadId,
  onOpened,
});

function describeCutOffs(open: () => Promise<StoreSubject>): void {
  describe('an upload that was cut off', () => {
    let subject: StoreSubject;
    let at: (name: string) => string;
    let size: number;
    beforeAll(async () => {
      subject = await open();
      at = (name) => `${subject.prefix}resumption/${name}`;
      size = subject.manyPartsBytes;
    });
    const uploads = (name: string) => subject.store.listUploads(at(name), never);

    test('shows nothing, is found again, and goes on under its id', async () => {
      const upload = uploadOf(at('found'), sample(size, 2));
      const uploadId = await breakOff(subject, upload);
      expect(await subject.store.head(upload.key, never)).toBeUndefined();
      expect(await uploads('found')).toMatchObject([{ key: upload.key, uploadId }]);
      const opened: string[] = [];
      const resumption = goOn(uploadId, async (id) => void opened.push(id));
      await subject.store.upload({ ...upload, resumption }, never);
      expect(opened).toEqual([]);
      expect(await uploads('found')).toEqual([]);
      const head = await subject.store.head(upload.key, never);
      const [download, received] = downloadInto(upload.key, head?.etag ?? '', size);
      expect(await subject.store.download(download, never)).toBe(upload.crc32);
      expect(Buffer.compare(received.bytes, sample(size, 2))).toBe(0);
      expect(head?.metadata).toEqual(upload.metadata);
    });

    test('with other bytes is not mixed with these', async () => {
      const key = at('other');
      const uploadId = await breakOff(subject, uploadOf(key, sample(size, 3)));
      const bytes = sample(size, 4);
      await subject.store.upload({ ...uploadOf(key, bytes), resumption: goOn(uploadId) }, never);
      const head = await subject.store.head(key, never);
      const [download, received] = downloadInto(key, head?.etag ?? '', size);
      await subject.store.download(download, never);
      expect(Buffer.compare(received.bytes, bytes)).toBe(0);
    });

    test('and given up leaves nothing; giving it up again is no error, and it begins anew', async () => {
      const upload = uploadOf(at('given-up'), sample(size, 5));
      const uploadId = await breakOff(subject, upload);
      await subject.store.abortUpload({ key: upload.key, uploadId }, never);
      await subject.store.abortUpload({ key: upload.key, uploadId }, never);
      expect(await uploads('given-up')).toEqual([]);
      const opened: string[] = [];
      const resumption = goOn(uploadId, async (id) => void opened.push(id));
      await subject.store.upload({ ...upload, resumption }, never);
      expect(opened).toHaveLength(1);
      expect(opened).not.toContain(uploadId);
      expect(await subject.store.head(upload.key, never)).toMatchObject({ sizeBytes: size });
    });

    test('after it was completed, and only the answer was lost, is done', async () => {
      const upload = uploadOf(at('completed'), sample(size, 6));
      const uploadId = await breakOff(subject, upload);
      await subject.store.upload({ ...upload, resumption: goOn(uploadId) }, never);
      const opened: string[] = [];
      const resumption = goOn(uploadId, async (id) => void opened.push(id));
      await subject.store.upload({ ...upload, resumption }, never);
      expect(opened).toEqual([]);
    });

    test('of a source that changed, or to a key that is taken, keeps nothing', async () => {
      const changed = uploadOf(at('hopeless/changed'), sample(size, 7));
      const resumption = { uploadId: undefined, onOpened: async () => undefined };
      const wrong = { ...changed, crc32: changed.crc32 ^ 1, resumption };
      expect(await codeOf(subject.store.upload(wrong, never))).toBe('Corrupted');
      const key = at('hopeless/taken');
      await subject.store.put({ key, bytes: text('mine'), condition: 'any' }, never);
      const late = { ...uploadOf(key, sample(size, 8)), resumption };
      expect(await codeOf(subject.store.upload(late, never))).toBe('PreconditionFailed');
      expect(await uploads('hopeless/')).toEqual([]);
    });
  });
}

function describeCopies(open: () => Promise<StoreSubject>): void {
  describe('a copy inside the store', () => {
    let subject: StoreSubject;
    let from: { readonly key: string; readonly etag: string; readonly sizeBytes: number };
    let crc32: number;
    const metadata = { 'reprise-kind': 'Step' };
    const at = (name: string): string => `${subject.prefix}copies/${name}`;
    const copyTo = (name: string, change: object = {}) =>
      subject.store.copy({ from, key: at(name), crc32, metadata, ...change }, never);
    beforeAll(async () => {
      subject = await open();
      const upload = uploadOf(at('source'), sample(subject.manyPartsBytes, 9));
      crc32 = upload.crc32;
      await subject.store.upload(upload, never);
      const head = await subject.store.head(upload.key, never);
      from = { key: upload.key, etag: head?.etag ?? '', sizeBytes: upload.sizeBytes };
    });

    test('has the same bytes, and metadata of its own', async () => {
      await copyTo('copy');
      const head = await subject.store.head(at('copy'), never);
      expect(head).toMatchObject({ sizeBytes: from.sizeBytes, metadata });
      const [download, received] = downloadInto(at('copy'), head?.etag ?? '', from.sizeBytes);
      expect(await subject.store.download(download, never)).toBe(crc32);
      expect(Buffer.compare(received.bytes, sample(from.sizeBytes, 9))).toBe(0);
    });

    test('of a source that is gone is NotFound, of one that was replaced PreconditionFailed; both leave nothing', async () => {
      expect(await codeOf(copyTo('none', { from: { ...from, key: at('gone') } }))).toBe('NotFound');
      const replaced = { ...from, etag: '"0123456789abcdef0123456789abcdef"' };
      expect(await codeOf(copyTo('none', { from: replaced }))).toBe('PreconditionFailed');
      expect(await subject.store.head(at('none'), never)).toBeUndefined();
      expect(await subject.store.listUploads(at(''), never)).toEqual([]);
    });

    test('with another CRC32 than announced is never made visible', async () => {
      expect(await codeOf(copyTo('wrong', { crc32: crc32 ^ 1 }))).toBe('Corrupted');
      expect(await subject.store.head(at('wrong'), never)).toBeUndefined();
    });

    test('never replaces another object', async () => {
      await subject.store.put({ key: at('taken'), bytes: text('mine'), condition: 'any' }, never);
      expect(await codeOf(copyTo('taken'))).toBe('PreconditionFailed');
      expect(await subject.store.head(at('taken'), never)).toMatchObject({ sizeBytes: 4 });
    });
  });
}
