// Files made to hurt: each is answered with its problem, in few reads and little memory; never a throw, never a crash.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { examineCheckpoint, isResumable } from '../../src/checkpoint/inspection.ts';
import { openWeights } from '../../src/checkpoint/weights.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';
import { hostileFiles } from '../support/hostile-files.ts';

describe('a hostile file', { timeout: 60_000 }, () => {
  test.each(hostileFiles)('$name: $code', async ({ make, code }) => {
    const source = memorySource(make());
    const { facts } = await examineCheckpoint(source);
    expect(facts.problems.map((problem) => problem.code)).toContain(code);
    for (const { message } of facts.problems) expect(message).toMatch(/^[^\n]{20,500}\.$/u);
    expect(isResumable(facts)).toBe(false);
    expect(source.reads.length).toBeLessThanOrEqual(3);
    const bytes = source.reads.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(Math.min(5 * 1024 * 1024, 2 * source.size));
  });

  test.each(hostileFiles)('$name: no weights come out of it, and verifying it ends', async ({ make }) => {
    const source = memorySource(make());
    expect(await openWeights(source)).toMatchObject({ kind: 'refused' });
    const reading = await readDirectory(source);
    const verdict =
      reading.kind === 'complete' ? (await verifyEntries(source, reading.directory)).verdict : 'incomplete';
    expect(['verified', 'damaged', 'incomplete']).toContain(verdict);
  });
});

test('no hostile file needs more than 64 MiB of heap', { timeout: 120_000 }, async () => {
  const worker = new Worker(new URL('../support/inspection-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  });
  try {
    for (const { make, code } of hostileFiles) {
      worker.postMessage(make(), []);
      const [answer]: readonly unknown[] = await once(worker, 'message');
      expect(answer).toContain(code);
    }
  } finally {
    await worker.terminate();
  }
});

test('nothing a file says reaches the prototype of anything', () => {
  expect(({} as Readonly<Record<string, unknown>>)['polluted']).toBeUndefined();
});
