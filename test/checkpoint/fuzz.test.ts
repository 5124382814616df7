// Whatever happens to a file's bytes: the readers answer, and never call changed entries verified.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { scanPickle } from '../../src/checkpoint/pickle-scan.ts';
import { problemOf } from '../../src/checkpoint/problem.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';
import { runs } from '../support/counts.ts';

const genuine = readFileSync(new URL('../fixtures/f5-tts/ema-only.pt', import.meta.url));
const directoryAt = genuine.readUInt32LE(genuine.length - 6);
const pickle = genuine.subarray(64, 64 + 12_462);

/** For the nightly counts on a busy machine. */
const timeout = 200_000;

/** Bytes written over, cut out, or put in, at a place. */
interface Change {
  readonly at: number;
  readonly cut: number;
  readonly put: Uint8Array;
}

function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  return changes.reduce<Uint8Array>((out, { at, cut, put }) => {
    const place = Math.min(at, out.length);
    return Buffer.concat([out.subarray(0, place), put, out.subarray(place + cut)]);
  }, bytes);
}

/** Mostly in place, as damage is; sometimes shifting what follows. */
function changesWithin(from: number, to: number): fc.Arbitrary<readonly Change[]> {
  const change = fc.record({
    at: fc.integer({ min: from, max: to - 1 }),
    cut: fc.integer({ min: 0, max: 9 }),
    put: fc.uint8Array({ maxLength: 9 }),
  });
  const inPlace = change.map((one) => ({ ...one, cut: one.put.length }));
  return fc.array(fc.oneof({ weight: 4, arbitrary: inPlace }, change), { minLength: 1, maxLength: 4 });
}

async function verdictOf(bytes: Uint8Array): Promise<string> {
  const source = memorySource(bytes);
  const reading = await readDirectory(source);
  return reading.kind === 'complete'
    ? (await verifyEntries(source, reading.directory)).verdict
    : 'incomplete';
}

/** The sentence a pickle is refused with, or that it was read. */
function answerTo(bytes: Uint8Array): string {
  try {
    scanPickle(bytes);
    return 'data.pkl was read.';
  } catch (cause) {
    return problemOf(cause).message;
  }
}

test('changed entries are never verified', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(changesWithin(0, directoryAt), async (changes) => {
      const bytes = changed(genuine, changes);
      fc.pre(!genuine.equals(bytes));
      expect(await verdictOf(bytes)).not.toBe('verified');
    }),
    { numRuns: runs(300, 30_000) },
  );
});

test(
  'a changed directory is incomplete, or its entries damaged, or it tells the same',
  { timeout },
  async () => {
    const truth = await inspectCheckpoint(memorySource(genuine));
    await fc.assert(
      fc.asyncProperty(changesWithin(directoryAt, genuine.length), async (changes) => {
        const bytes = changed(genuine, changes);
        const facts = await inspectCheckpoint(memorySource(bytes));
        const told =
          (await verdictOf(bytes)) === 'verified' ? { ...facts, sizeBytes: truth.sizeBytes } : truth;
        expect(told).toEqual(truth);
      }),
      { numRuns: runs(500, 20_000) },
    );
  },
);

test('a file of any bytes is answered', { timeout }, async () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc
      .tuple(fc.nat(genuine.length), fc.nat(genuine.length))
      .map(([a, b]) => genuine.subarray(Math.min(a, b), Math.max(a, b))),
  );
  await fc.assert(
    fc.asyncProperty(any, async (bytes) => {
      const facts = await inspectCheckpoint(memorySource(bytes));
      expect(facts.complete).toBe(bytes.length === genuine.length);
      expect(facts.problems.length === 0).toBe(facts.complete);
    }),
    { numRuns: runs(500, 20_000) },
  );
});

test('a changed pickle is read or refused, never a crash', { timeout }, () => {
  fc.assert(
    fc.property(changesWithin(0, pickle.length), (changes) => {
      expect(answerTo(changed(pickle, changes))).toMatch(/^data\.pkl .*\.$/s);
    }),
    { numRuns: runs(1000, 60_000) },
  );
});

test('a pickle of any opcodes is read or refused, within its limits', { timeout }, () => {
  const opcode = fc.constantFrom(
    ...Buffer.from('}])(tXJKMGNqrhjsuaecRbQ'),
    0x85,
    0x86,
    0x87,
    0x88,
    0x89,
    0x8a,
  );
  const argument = fc.uint8Array({ maxLength: 6 });
  const body = fc.array(
    fc.oneof({ weight: 3, arbitrary: opcode.map((byte) => Uint8Array.of(byte)) }, argument),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(body, (parts) => {
      expect(answerTo(Buffer.concat([Buffer.of(0x80, 2), ...parts, Buffer.of(0x2e)]))).toMatch(
        /^data\.pkl .*\.$/s,
      );
    }),
    { numRuns: runs(2000, 200_000) },
  );
});
