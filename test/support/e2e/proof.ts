// The proof that training lost nothing and did nothing twice: the tensors of the final checkpoint are those of a reference trained by
// the same trainer without Reprise.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunStatus } from '../../../src/domain/run/status.ts';
import { digestOf, train } from '../tiny-trainer.ts';
import { trainFromWeights } from '../warm-reference.ts';
import { fetchObject } from './bucket.ts';
import type { TestedRun } from './tested-run.ts';
import { weightArgs } from './training-run.ts';

const references = new Map<string, Promise<string>>();

async function makeReference(args: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-reference-'));
  try {
    const { code, stderr } = await train(folder, args);
    if (code !== 0) throw new Error(`the reference did not train: ${stderr}`);
    return await digestOf(join(folder, 'model_last.pt'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function referenceFor(args: readonly string[]): Promise<string> {
  const name = args.join(' ');
  const known = references.get(name) ?? makeReference(args);
  references.set(name, known);
  return known;
}

/** Asserts that the checkpoint of the key has the tensors of the reference. */
export async function expectFinalWeights(run: TestedRun, { resumePoint }: RunStatus): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-final-'));
  try {
    const file = await fetchObject(resumePoint?.key ?? '', join(folder, 'final.pt'));
    const reference = await referenceFor(weightArgs(run.manifest));
    expect(reference).toMatch(/^[0-9a-f]{64} {2}all \d{2,} tensors$/);
    expect(await digestOf(file)).toBe(reference);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Asserts that the run's checkpoint has the tensors that so many updates from the weights of the source come to. */
export async function expectWarmWeights(
  { resumePoint }: RunStatus,
  { source, updates }: { readonly source: string; readonly updates: number },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-warm-'));
  try {
    const from = await fetchObject(source, join(folder, 'source.pt'));
    const final = await fetchObject(resumePoint?.key ?? '', join(folder, 'final.pt'));
    const to = join(folder, 'reference.pt');
    await trainFromWeights({ from, to, planned: updates, updates });
    expect(await digestOf(final)).toBe(await digestOf(to));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
