// One fault in the middle of what belongs to cut-off uploads and to copies: the outcome is right, whatever it cost.
import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { type ProxyFault, proxyFaults } from '../support/fault-proxy.ts';
import { codeOf, never, sample, uploadOf } from '../support/object-samples.ts';
import { impatience, type S3Bench, sharedS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
let store: ObjectStore;
sharedS3Bench((started) => {
  bench = started;
});

const large = sample(450_001);
const upload = uploadOf('a', large);
const bytesAt = (key: string): Buffer => bench.server.objects.get(key)?.bytes ?? Buffer.alloc(0);

/** An upload of which the server has every part but the last. */
async function cutOff(): Promise<string> {
  let uploadId = '';
  const onOpened = async (id: string): Promise<void> => {
    uploadId = id;
  };
  const read = (offset: number, into: Uint8Array): Promise<void> =>
    offset + into.length === large.length ? Promise.reject(new Error('cut off')) : upload.read(offset, into);
  await bench.store
    .upload({ ...upload, read, resumption: { uploadId: undefined, onOpened } }, never)
    .catch(() => {});
  return uploadId;
}

async function goOn(): Promise<void> {
  const resumption = { uploadId: await cutOff(), onOpened: async () => undefined };
  return store.upload({ ...upload, resumption }, never);
}

async function copy(): Promise<void> {
  await bench.store.upload(upload, never);
  const from = { key: 'a', etag: bench.server.objects.get('a')?.etag ?? '', sizeBytes: large.length };
  return store.copy({ from, key: 'b', crc32: upload.crc32, metadata: {} }, never);
}

interface Operation {
  readonly line: RegExp;
  readonly act: () => Promise<void>;
  readonly key: string;
  /** Faults that nobody could notice: plain HTTP guards no XML. */
  readonly blind?: readonly ProxyFault[];
}

const operations: Readonly<Record<string, Operation>> = {
  'looking for the parts': { line: /^GET .*uploadId/, act: goOn, key: 'a', blind: ['flippedAnswer'] },
  'completing what went on': { line: /^POST .*uploadId/, act: goOn, key: 'a' },
  'copying a part': { line: /^PUT .*\/b.*partNumber=2/, act: copy, key: 'b', blind: ['flippedAnswer'] },
  'completing a copy': { line: /^POST .*\/b.*uploadId/, act: copy, key: 'b' },
};

describe.each(Object.entries(operations))('%s', (_, { line, act, key, blind = [] }) => {
  test.each(proxyFaults.filter((fault) => !blind.includes(fault)))('%s', async (fault) => {
    store = fault.startsWith('silence') ? bench.open({ limits: impatience }) : bench.open();
    bench.proxy.spoil(fault, line);
    const code = await codeOf(act());
    // a CRC32 of a copied part that is not true must not be believed, and then nothing is copied
    const isRefused = fault === 'wrongChecksum' && key === 'b' && line.source.startsWith('^PUT');
    expect(code).toBe(isRefused ? 'Corrupted' : 'ok');
    expect(Buffer.compare(bytesAt(key), isRefused ? Buffer.alloc(0) : large)).toBe(0);
    expect(bench.server.uploads.size).toBe(0);
  });
});

test.each(proxyFaults.filter((fault) => fault !== 'flippedAnswer'))('giving up: %s', async (fault) => {
  store = fault.startsWith('silence') ? bench.open({ limits: impatience }) : bench.open();
  await cutOff();
  bench.proxy.spoil(fault, /^GET .*[?&]uploads/);
  const found = await store.listUploads('a', never);
  expect(found).toHaveLength(1);
  bench.proxy.spoil(fault, /^DELETE/);
  for (const unfinished of found) await store.abortUpload(unfinished, never);
  expect(bench.server.uploads.size).toBe(0);
});
