// Looks at checkpoints in a bucket as a stranger would: every byte of each is read and proven, and metadata, key and content must
// tell the same.
import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { parseCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { memorySource } from './byte-sources.ts';
import { downloadInto, never } from './object-samples.ts';

/** What is wrong with the bytes of a checkpoint; `verified` when nothing is. */
export async function verdictOn(bytes: Uint8Array): Promise<string> {
  const source = memorySource(Buffer.from(bytes));
  const reading = await readDirectory(source);
  if (reading.kind !== 'complete') return reading.problem.code;
  return (await verifyEntries(source, reading.directory)).verdict;
}

/** Proves every checkpoint among these keys. */
export async function auditCheckpoints(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (const key of keys.filter((name) => name.endsWith('.pt'))) {
    const head = await store.head(key, never);
    const [download, received] = downloadInto(key, head?.etag ?? '', head?.sizeBytes ?? 0);
    await store.download(download, never);
    const told = parseCheckpointMetadata(head?.metadata ?? {});
    expect(await verdictOn(received.bytes)).toBe('verified');
    expect(told.crc32).toBe(crc32(received.bytes));
    const { update } = await inspectCheckpoint(memorySource(Buffer.from(received.bytes)));
    expect(key).toBe(
      key.replace(/[^/]*\/[^/]*$/, `${told.kind === 'Last' ? 'last' : 'steps'}/model_${update}.pt`),
    );
    expect(told.update).toBe(update);
  }
}
