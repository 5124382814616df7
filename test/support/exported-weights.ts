// Checkpoints of the fixtures turned into EMA-only safetensors files, as a warm start or an export writes them.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openWeights } from '../../src/checkpoint/weights.ts';
import { memorySource } from './byte-sources.ts';

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-weights-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the weights of a checkpoint to `path`. */
export async function exportWeights(checkpoint: Uint8Array, path: string): Promise<void> {
  const reading = await openWeights(memorySource(checkpoint));
  if (reading.kind === 'refused') throw new Error(reading.problem.message);
  const file = openSync(path, 'wx');
  try {
    for await (const chunk of reading.weights.chunks()) writeSync(file, chunk);
  } finally {
    closeSync(file);
  }
}
