// Pickles and safetensors headers of genuine files, changed: read or refused within their limits, never a crash.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { scanPickle } from '../../src/checkpoint/pickle-scan.ts';
import { problemOf } from '../../src/checkpoint/problem.ts';
import { listTensors } from '../../src/checkpoint/torch-tensor.ts';
import { readTrainingState } from '../../src/checkpoint/training-state.ts';
import { modelFactsOf } from '../../src/checkpoint/tensor.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';
import { genuine } from '../support/checkpoints.ts';
import { runs } from '../support/counts.ts';
import type { Subject } from '../support/mutations.ts';
import { applyChange, change } from '../support/mutations.ts';
import { slowest } from '../support/slowest.ts';

/** For the nightly counts on a busy machine. */
const timeout = 3_000_000;

async function genuinePickle(name: string): Promise<Subject> {
  const file = Buffer.from(genuine(name));
  const reading = await readDirectory(memorySource(file));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const bytes = file.subarray(64, 64 + reading.directory.pickle.size);
  // The counter and the scheduler stand at the end.
  return {
    bytes,
    regions: [
      { start: bytes.length - 600, length: 600 },
      { start: 0, length: 400 },
    ],
  };
}

const pickles = await Promise.all(
  ['ema-only.pt', 'ema-only.pt', 'full-update48.pt', 'era-b-step.pt', 'two-rank.pt'].map(genuinePickle),
);

/** The sentence a pickle is refused with, or that everything was read from it. */
function answerTo(bytes: Uint8Array): string {
  try {
    const { root } = scanPickle(bytes);
    const { tensors } = listTensors(root, 'model_last');
    modelFactsOf(tensors);
    readTrainingState(root);
    return 'data.pkl was read.';
  } catch (cause) {
    return problemOf(cause).message;
  }
}

const timedPickles = slowest('changed pickles');

test('a changed pickle is read or refused', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(change, async (one) => {
      const { bytes } = applyChange(one, pickles);
      expect(await timedPickles(async () => answerTo(bytes))).toMatch(/^data\.pkl .*\.$/su);
    }),
    { numRuns: runs(1000, 400_000) },
  );
});

test('a pickle of any opcodes is read or refused', { timeout }, () => {
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
      const pickle = Buffer.concat([Buffer.of(0x80, 2), ...parts, Buffer.of(0x2e)]);
      expect(answerTo(pickle)).toMatch(/^data\.pkl .*\.$/su);
    }),
    { numRuns: runs(2000, 200_000) },
  );
});

const safetensors: readonly Subject[] = ['ema.safetensors', 'raw.safetensors'].map((name) => {
  const bytes = Buffer.from(genuine(name));
  const header = Number(bytes.readBigUInt64LE());
  return {
    bytes,
    regions: [
      { start: 0, length: 8 + header },
      { start: 0, length: 16 },
      { start: 8, length: 300 },
    ],
  };
});

const timedHeaders = slowest('changed safetensors');

test(
  'a changed safetensors file is answered; of another length it is never complete',
  { timeout },
  async () => {
    await fc.assert(
      fc.asyncProperty(change, async (one) => {
        const { bytes, subject } = applyChange(one, safetensors);
        const source = memorySource(bytes);
        const facts = await timedHeaders(async () => await inspectCheckpoint(source));
        expect(facts.complete).toBe(facts.problems.length === 0);
        expect(source.reads.length).toBeLessThanOrEqual(3);
        const sameHeader = facts.complete && bytes.subarray(0, 8).equals(subject.bytes.subarray(0, 8));
        expect(sameHeader ? bytes.length : subject.bytes.length).toBe(subject.bytes.length);
      }),
      { numRuns: runs(500, 200_000) },
    );
  },
);

test('a file of any bytes is answered', { timeout }, async () => {
  const file = Buffer.from(genuine('ema-only.pt'));
  const part = fc
    .tuple(fc.nat(file.length), fc.nat(file.length))
    .map(([a, b]) => file.subarray(Math.min(a, b), Math.max(a, b)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 2000 }), part), async (bytes) => {
      const facts = await inspectCheckpoint(memorySource(bytes));
      expect(facts.complete).toBe(bytes.length === file.length);
      expect(facts.problems.length === 0).toBe(facts.complete);
    }),
    { numRuns: runs(500, 50_000) },
  );
});
