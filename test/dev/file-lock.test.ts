// One holder at a time, also between processes; the lock of a dead holder is taken over.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../dev/process/file-lock.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reprise-lock-'));
  file = join(directory, 'lock');
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test('many at once work one after another and leave no file', async () => {
  let inside = 0;
  const seen: number[] = [];
  const work = async (): Promise<void> => {
    inside += 1;
    seen.push(inside);
    await delay(2);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(file, work)));
  expect(seen).toEqual(Array.from({ length: 10 }, () => 1));
  expect(readdirSync(directory)).toEqual([]);
});

test('a failure inside gives the lock back', async () => {
  const failing = withLock(file, () => Promise.reject(new Error('inside')));
  await expect(failing).rejects.toThrow('inside');
  expect(existsSync(file)).toBe(false);
});

test.each([
  { name: 'a process that died', content: (): string => deadHolder() },
  { name: 'nothing readable', content: (): string => 'torn' },
])('the lock of $name is taken over', async ({ content }) => {
  writeFileSync(file, content());
  expect(await withLock(file, () => 'done')).toBe('done');
});

function deadHolder(): string {
  const module = import.meta.resolve('../../dev/process/process-record.ts');
  const program = `const { recordProcess } = await import(${JSON.stringify(module)}); console.log(JSON.stringify(recordProcess(process.pid)));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program]).stdout.toString();
}
