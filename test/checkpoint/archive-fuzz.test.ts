// Whatever happens to the bytes of a genuine .pt: it is answered, at a bounded cost, and changed entries are never complete
// and verified at once, nor copied into weights.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { examineCheckpoint } from '../../src/checkpoint/inspection.ts';
import { Rejection } from '../../src/checkpoint/problem.ts';
import { openWeights } from '../../src/checkpoint/weights.ts';
import type { Directory } from '../../src/checkpoint/zip-directory.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';
import { genuine } from '../support/checkpoints.ts';
import { runs } from '../support/counts.ts';
import type { Subject } from '../support/mutations.ts';
import { applyChange, change } from '../support/mutations.ts';
import { slowest } from '../support/slowest.ts';

/** For the nightly counts on a busy machine. */
const timeout = 3_000_000;

interface Genuine extends Subject {
  readonly directory: Directory;
}

async function genuineArchive(name: string): Promise<Genuine> {
  const bytes = Buffer.from(genuine(name));
  const reading = await readDirectory(memorySource(bytes));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const { directory } = reading;
  const { entries, offset, fileSize } = directory;
  const heads = entries.map((entry) => ({ start: Math.max(0, entry.offset - 24), length: 160 }));
  const records = { start: offset, length: fileSize - offset };
  const end = { start: fileSize - 98, length: 98 };
  const pickle = { start: 64, length: directory.pickle.size };
  return {
    bytes,
    directory,
    regions: [records, records, end, pickle, ...heads.slice(-3), ...heads.slice(0, 4)],
  };
}

const small = await genuineArchive('ema-only.pt');
const large = await Promise.all(
  ['full-update48.pt', 'full-update45.pt', 'two-rank.pt', 'era-b-step.pt'].map(genuineArchive),
);
// The small one has all there is to break, at a quarter of the cost.
const subjects = [...Array.from({ length: 10 }, () => small), ...large];

/** Whether these are the very entries of a genuine file: names, sizes, offsets, CRCs and bytes. */
function isGenuine(bytes: Buffer, { entries, offset }: Directory): boolean {
  return [small, ...large].some(
    ({ bytes: truth, directory }) =>
      directory.offset === offset &&
      truth.subarray(0, offset).equals(bytes.subarray(0, offset)) &&
      JSON.stringify(directory.entries) === JSON.stringify(entries),
  );
}

/** What is wrong with the answer to a changed file; undefined when it is as it must be. */
async function fault(bytes: Buffer): Promise<string | undefined> {
  const source = memorySource(bytes);
  const { facts, directory } = await examineCheckpoint(source);
  const read = source.reads.reduce((sum, { length }) => sum + length, 0);
  if (source.reads.length > 3 || read > 1_000_000) return `cost ${source.reads.length} reads, ${read} bytes`;
  if (facts.complete !== (directory !== undefined)) return 'complete without a directory';
  if (!facts.complete && facts.problems.length === 0) return 'incomplete without a problem';
  if (directory === undefined) return undefined;
  const { verdict } = await verifyEntries(source, directory);
  if (verdict === 'verified' && !isGenuine(bytes, directory)) return 'verified what was changed';
  if (verdict === 'unverifiable') return 'did not see the CRCs';
  return undefined;
}

const timed = slowest('changed archives');

test('a changed archive is answered, and never complete and verified', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(change, async (one) => {
      const { bytes } = applyChange(one, subjects);
      expect(await timed(async () => await fault(bytes))).toBeUndefined();
    }),
    { numRuns: runs(600, 500_000) },
  );
});

/** The weights that come out of a file whole; undefined when they are refused or given up. */
async function weightsOf(bytes: Buffer): Promise<Buffer | undefined> {
  const reading = await openWeights(memorySource(bytes));
  if (reading.kind === 'refused') return undefined;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of reading.weights.chunks()) chunks.push(chunk);
  } catch (cause) {
    if (cause instanceof Rejection) return undefined;
    throw cause;
  }
  return Buffer.concat(chunks);
}

const truths = await Promise.all([small, ...large].map(async ({ bytes }) => await weightsOf(bytes)));

test('the weights out of a changed archive are a genuine EMA’s, or none', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(change, async (one) => {
      const made = await weightsOf(applyChange(one, subjects).bytes);
      expect(made === undefined || truths.some((truth) => truth?.equals(made))).toBe(true);
    }),
    { numRuns: runs(300, 150_000) },
  );
});
