// The object store's contract for small documents: head, get, getRange and conditional put.
import { beforeAll, describe, expect, test } from 'vitest';
import { codeOf, never, text, type StoreSubject } from '../support/object-samples.ts';

export function describeDocuments(open: () => Promise<StoreSubject>): void {
  describeReads(open);
  describePuts(open);
}

function describeReads(open: () => Promise<StoreSubject>): void {
  describe('head, get and getRange', () => {
    let subject: StoreSubject;
    let key: string;
    let etag: string;
    beforeAll(async () => {
      subject = await open();
      key = `${subject.prefix}read/digits`;
      etag = await subject.store.put({ key, bytes: text('0123456789'), condition: 'any' }, never);
    });

    test('an object that is not there is undefined', async () => {
      expect(await subject.store.head(`${key}-not`, never)).toBeUndefined();
      expect(await subject.store.get(`${key}-not`, never)).toBeUndefined();
    });

    test('get returns the bytes and the ETag put returned', async () => {
      const document = await subject.store.get(key, never);
      expect(Buffer.from(document?.bytes ?? []).toString()).toBe('0123456789');
      expect(document?.etag).toBe(etag);
    });

    test('get reads 1 MiB whole, and of more one byte beyond it', async () => {
      const put = (size: number): Promise<string> =>
        subject.store.put({ key: `${key}-${size}`, bytes: new Uint8Array(size), condition: 'any' }, never);
      await put(1_048_576);
      await put(3_000_000);
      expect((await subject.store.get(`${key}-1048576`, never))?.bytes.length).toBe(1_048_576);
      expect((await subject.store.get(`${key}-3000000`, never))?.bytes.length).toBe(1_048_577);
    });

    test('an empty document is a document', async () => {
      await subject.store.put({ key: `${key}-empty`, bytes: new Uint8Array(0), condition: 'any' }, never);
      expect((await subject.store.get(`${key}-empty`, never))?.bytes.length).toBe(0);
      expect((await subject.store.head(`${key}-empty`, never))?.sizeBytes).toBe(0);
    });

    test.each([
      { name: 'the start', offset: 0, length: 3, want: '012' },
      { name: 'the middle', offset: 4, length: 2, want: '45' },
      { name: 'the end', offset: 7, length: 3, want: '789' },
      { name: 'no byte', offset: 5, length: 0, want: '' },
    ])('getRange reads $name', async ({ offset, length, want }) => {
      const bytes = await subject.store.getRange({ key, etag, offset, length }, never);
      expect(Buffer.from(bytes).toString()).toBe(want);
    });

    test.each([
      {
        name: 'another ETag',
        key: '',
        etag: '"0123456789abcdef0123456789abcdef"',
        want: 'PreconditionFailed',
      },
      { name: 'an absent object', key: '-not', etag: '', want: 'NotFound' },
    ])('getRange of $name is $want', async (row) => {
      const range = { key: key + row.key, etag: row.etag === '' ? etag : row.etag, offset: 0, length: 1 };
      expect(await codeOf(subject.store.getRange(range, never))).toBe(row.want);
    });

    test('getRange beyond the end is Corrupted, never fewer bytes', async () => {
      expect(await codeOf(subject.store.getRange({ key, etag, offset: 8, length: 3 }, never))).toBe(
        'Corrupted',
      );
      expect(await codeOf(subject.store.getRange({ key, etag, offset: 10, length: 1 }, never))).toBe(
        'Corrupted',
      );
    });
  });
}

function describePuts(open: () => Promise<StoreSubject>): void {
  describe('put', () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await open();
    });

    const put = (
      name: string,
      value: string,
      condition: 'absent' | 'any' | { etag: string },
    ): Promise<string> =>
      subject.store.put({ key: `${subject.prefix}put/${name}`, bytes: text(value), condition }, never);
    const read = async (name: string): Promise<string> =>
      Buffer.from((await subject.store.get(`${subject.prefix}put/${name}`, never))?.bytes ?? []).toString();

    test('absent: the first wins, the second changes nothing', async () => {
      await put('once', 'first', 'absent');
      expect(await codeOf(put('once', 'second', 'absent'))).toBe('PreconditionFailed');
      expect(await read('once')).toBe('first');
    });

    test('absent: one of many at once wins', async () => {
      const writers = Array.from({ length: 10 }, (_, n) => codeOf(put('race', `writer ${n}`, 'absent')));
      const outcomes = await Promise.all(writers);
      expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'PreconditionFailed')).toHaveLength(9);
      expect(await read('race')).toBe(`writer ${outcomes.indexOf('ok')}`);
    });

    test('etag: only over exactly that object', async () => {
      const first = await put('swap', 'one', 'absent');
      const second = await put('swap', 'two', { etag: first });
      expect(await codeOf(put('swap', 'three', { etag: first }))).toBe('PreconditionFailed');
      expect(await read('swap')).toBe('two');
      await put('swap', 'four', { etag: second });
      expect(await read('swap')).toBe('four');
    });

    test('etag: not where nothing is', async () => {
      expect(await codeOf(put('void', 'x', { etag: '"0123456789abcdef0123456789abcdef"' }))).toBe(
        'PreconditionFailed',
      );
      expect(await subject.store.head(`${subject.prefix}put/void`, never)).toBeUndefined();
    });

    test('any: over whatever is there', async () => {
      await put('over', 'one', 'any');
      await put('over', 'two', 'any');
      expect(await read('over')).toBe('two');
    });
  });
}
