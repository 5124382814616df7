// Python environments that tests make for themselves, once per machine, in the cache of the development tools: with the real
// libraries whose word counts. What cannot be made is a reason to skip, in one line.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../dev/process/command.ts';
import { describeError } from '../../dev/progress/polling.ts';
import { cacheDirectory } from '../../dev/tools/binaries.ts';

/** A python of its own, or why there is none. */
export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/** What to install: each step is one `pip install` with these arguments. */
export interface PythonRequest {
  readonly name: string;
  readonly steps: readonly (readonly string[])[];
  /** For all of it together. */
  readonly limitSeconds: number;
}

async function make(directory: string, request: PythonRequest): Promise<void> {
  const deadline = Date.now() + request.limitSeconds * 1000;
  const left = (): number => Math.max(1, (deadline - Date.now()) / 1000);
  await run('python3', ['-m', 'venv', directory], { timeoutSeconds: left() });
  const python = join(directory, 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '-q', '--no-input', '--disable-pip-version-check', '--retries', '2'];
  for (const step of request.steps) await run(python, [...pip, ...step], { timeoutSeconds: left() });
}

/** Renamed into place: what lies in the cache is whole, also when two runs make it at the same time. */
async function makeWhole(target: string, request: PythonRequest): Promise<void> {
  const cache = join(target, '..');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, '.making-'));
  try {
    await make(directory, request);
    if (!existsSync(target)) renameSync(directory, target);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The line of a failure that says most. */
function reasonOf(cause: unknown): string {
  const lines = describeError(cause).trim().split('\n');
  return (lines.findLast((line) => /error/iu.test(line)) ?? lines.at(-1) ?? '').slice(0, 200);
}

/** The environment of a request, made now unless it was made before. Minutes, the first time. */
export async function pythonEnvironment(request: PythonRequest): Promise<PythonEnvironment> {
  try {
    const version = await run('python3', ['-c', 'import sys; print(sys.version)'], { timeoutSeconds: 30 });
    const key = createHash('sha256')
      .update(JSON.stringify([version, request.steps]))
      .digest('hex');
    const target = join(cacheDirectory(), 'python', `${request.name}-${key.slice(0, 12)}`);
    if (!existsSync(target)) await makeWhole(target, request);
    return { python: join(target, 'bin', 'python') };
  } catch (cause) {
    return { missing: `a Python environment with ${request.name}: ${reasonOf(cause)}` };
  }
}
