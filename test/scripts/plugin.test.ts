// The kubectl plugin's entry: package.json names it, it starts the bundle beside it, and an older Node is told what it lacks.
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const plugin = manifest.bin['kubectl-reprise'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-plugin-'));
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist/cli.mjs'), 'console.log(JSON.stringify(process.argv.slice(2)));\n');
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

test('is a file that can be run, and package.json takes it and the bundle along', () => {
  expect(statSync(join(root, plugin)).mode & 0o111).toBe(0o111);
  expect(manifest.files).toEqual(expect.arrayContaining(['bin', 'dist']));
});

test('starts the bundle with its arguments, also through a link on PATH', () => {
  symlinkSync(join(folder, plugin), join(folder, 'kubectl-reprise'));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'kubectl-reprise'), 'inspect', 'a b.pt'],
    {
      encoding: 'utf8',
    },
  );
  expect({ stdout, stderr }).toEqual({ stdout: '["inspect","a b.pt"]\n', stderr: '' });
});

test('says in a sentence that a Node is too old', () => {
  const old = "Object.defineProperty(process.versions, 'node', { value: '22.12.0' });";
  writeFileSync(join(folder, 'old.cjs'), old);
  const run = spawnSync(
    process.execPath,
    ['-r', join(folder, 'old.cjs'), join(folder, plugin), '--version'],
    {
      encoding: 'utf8',
    },
  );
  expect({ code: run.status, stdout: run.stdout }).toEqual({ code: 1, stdout: '' });
  expect(run.stderr).toMatch(
    /^error: kubectl reprise needs Node 24\.12 or newer, and this is 22\.12\.0: .*\n$/,
  );
});
