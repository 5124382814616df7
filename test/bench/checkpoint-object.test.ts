// The checkpoint the transfer bench moves is one that restore and sync accept, and is what it says it is.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import {
  benchUpdate,
  describeObject,
  makeCheckpointObject,
  writeObject,
} from '../../bench/transfer/checkpoint-object.ts';
import { judgeFile, proveFile } from '../../src/agent/judgement.ts';
import { makeLocalDisk } from '../../src/disk/local-disk.ts';
import { never } from '../support/object-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'reprise-bench-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('a file of it is proven entry by entry, and described byte by byte', async () => {
  const object = await makeCheckpointObject(20_000_000);
  const path = join(directory, 'object.pt');
  writeObject(object, path);
  const bytes = readFileSync(path);
  expect(bytes.length).toBe(object.size);
  expect(crc32(bytes)).toBe(object.crc32);
  const disk = makeLocalDisk();
  const training = { update: benchUpdate };
  expect(await judgeFile(disk, path, never)).toMatchObject({ kind: 'Resumable', training });
  expect(await proveFile(disk, path, never)).toMatchObject({ kind: 'Resumable', training, isVerified: true });
  const { block, islands, size } = JSON.parse(describeObject(object, { key: 'a', metadata: {} })) as {
    readonly block: string;
    readonly islands: readonly { readonly offset: number; readonly bytes: string }[];
    readonly size: number;
  };
  const told = Buffer.alloc(size);
  const repeated = Buffer.from(block, 'base64');
  for (let at = 0; at < size; at += repeated.length) repeated.copy(told, at);
  for (const island of islands) Buffer.from(island.bytes, 'base64').copy(told, island.offset);
  expect(told.equals(bytes)).toBe(true);
});
