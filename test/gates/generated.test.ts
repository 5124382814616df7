// Generated files are checked against their sources: a source that moved on, a file edited by hand and a file that is missing
// each fail `scripts/generate.ts --check`, which `make check` runs.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PlantedTree } from '../support/planted-tree.ts';

function treeWithSources(): PlantedTree {
  const tree = new PlantedTree({});
  for (const path of ['package.json', 'scripts', 'src', 'crds', 'docs']) tree.copy(path);
  return tree;
}

const check = ['scripts/generate.ts', '--check'];

describe('make generate', () => {
  test('finds everything as it should be', () => {
    using tree = treeWithSources();
    expect(tree.run('node', check)).toMatchObject({ code: 0, output: '' });
  });

  test.each([
    {
      name: 'a source that moved on',
      file: 'src/api/names.ts',
      from: "'checkpointstore'",
      to: "'checkpointshop'",
      stale: 'crds/checkpointstores.yaml',
    },
    {
      name: 'a file edited by hand',
      file: 'crds/ttstrainingruns.yaml',
      from: 'Namespaced',
      to: 'Cluster',
      stale: 'crds/ttstrainingruns.yaml',
    },
  ])('refuses $name, and repairs it', ({ file, from, to, stale }) => {
    using tree = treeWithSources();
    const text = tree.read(file);
    expect(text).toContain(from);
    tree.plant(file, text.replace(from, to));
    const run = tree.run('node', check);
    expect(run.output).toBe(`${stale} is stale: run make generate and commit it\n`);
    expect(run.code).toBe(1);
    expect(tree.run('node', ['scripts/generate.ts']).code).toBe(0);
    expect(tree.run('node', check).code).toBe(0);
  });

  test('refuses a file that is missing', () => {
    using tree = treeWithSources();
    rmSync(join(tree.folder, 'crds/ttstrainingruns.yaml'));
    const run = tree.run('node', check);
    expect(run.output).toContain('crds/ttstrainingruns.yaml is stale');
    expect(run.code).toBe(1);
  });
});
