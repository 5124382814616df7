// Runs the stand-in trainer of examples/tiny-trainer and reads back what it left.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Verification } from '../../src/checkpoint/entry-verification.ts';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from './byte-sources.ts';

/** Where train.py and digest.py lie. */
const trainerFolder = fileURLToPath(new URL('../../examples/tiny-trainer/', import.meta.url));

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to run python with. */
export interface PythonOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr while the program runs; it may kill it. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Why the trainer cannot run here, or undefined. */
export function missingPython(): string | undefined {
  const code = 'import sys; sys.exit(sys.version_info < (3, 9))';
  return spawnSync('python3', ['-c', code]).status === 0 ? undefined : 'python3 of at least 3.9';
}

/** Why torch cannot check the files here, or undefined. */
export function missingTorch(): string | undefined {
  const code = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
  return spawnSync('python3', ['-c', code]).status === 0 ? undefined : 'torch, importable by python3';
}

/** Runs python3 in the trainer's folder until it ends. */
export async function runPython(args: readonly string[], options: PythonOptions = {}): Promise<Ended> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...options.env };
  const child = spawn('python3', args, { cwd: trainerFolder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
    options.onStderr?.(text, (signal) => child.kill(signal));
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.on('error', reject);
  child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  return await promise;
}

/** Runs train.py in `folder`, as fast as it goes unless told otherwise. */
export async function train(
  folder: string,
  args: readonly string[],
  options?: PythonOptions,
): Promise<Ended> {
  return await runPython(['train.py', '--checkpoint-dir', folder, '--update-seconds', '0', ...args], options);
}

/** The digest of all tensors of a checkpoint: digest.py's last word. */
export async function digestOf(path: string): Promise<string> {
  const { code, stdout, stderr } = await runPython(['digest.py', path]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

/** A folder that is removed after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-trainer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The verdict over a file's bytes, by the project's own reader. */
export async function verdictOf(path: string): Promise<Verification['verdict'] | 'incomplete'> {
  const source = memorySource(readFileSync(path));
  const reading = await readDirectory(source);
  return reading.kind === 'complete'
    ? (await verifyEntries(source, reading.directory)).verdict
    : 'incomplete';
}
