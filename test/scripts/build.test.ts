// The bundles stand alone: built by scripts/build.ts, run where there is no node_modules, CommonJS dependencies and function
// names included.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { PlantedTree } from '../support/planted-tree.ts';

const program = `#!/usr/bin/env node
// Uses a CommonJS package that calls require() and an ES module.
import { Registry } from 'prom-client';
import { z } from 'zod';
import { nameOfCaller } from './domain/caller.ts';
console.log(JSON.stringify([new Registry().constructor.name, z.int().parse(3), nameOfCaller()]));
`;
const caller = 'export function nameOfCaller(): string {\n  return nameOfCaller.name;\n}\n';

test('a bundle runs without node_modules', () => {
  using tree = new PlantedTree({ 'src/agent.ts': program, 'src/domain/caller.ts': caller });
  tree.copy('scripts/build.ts');
  tree.plant('dist/stale.mjs', '// of an earlier build');
  const built = tree.run('node', ['scripts/build.ts']);
  expect(built.output).toMatch(/^dist\/agent\.mjs {2}\d+ KiB\nbuilt in /);
  expect(built.code).toBe(0);

  const elsewhere = mkdtempSync(join(tmpdir(), 'reprise-bundle-'));
  cpSync(join(tree.folder, 'dist'), elsewhere, { recursive: true });
  const run = spawnSync(process.execPath, [join(elsewhere, 'agent.mjs')], { encoding: 'utf8' });
  const stale = spawnSync(process.execPath, [join(elsewhere, 'stale.mjs')], { encoding: 'utf8' });
  rmSync(elsewhere, { recursive: true });
  expect(run.stdout + run.stderr).toBe('["Registry",3,"nameOfCaller"]\n');
  expect(stale.status).toBe(1);
});

test('building nothing is an error', () => {
  using tree = new PlantedTree({});
  tree.copy('scripts/build.ts');
  const built = tree.run('node', ['scripts/build.ts']);
  expect(built.output).toContain('nothing to build');
  expect(built.code).toBe(1);
});
