// The floors table as a failing lint: for every room, at every depth, each import that is not its due is refused, and each that
// is its due is let through. The table here is written out again on purpose; a change of the floors is made twice.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlantedTree, type Finding } from '../support/planted-tree.ts';

const contracts = ['domain', 'api', 'wire'];
const program = ['domain', 'api', 'wire', 'checkpoint', 'workload', 'ports', 'config', 'observation'];
const adapter = ['domain', 'api', 'wire', 'ports'];
const node = ['node:fs', 'node:fs/promises', 'node:util', 'node:zlib'];

/** What each room may import, beside its own files. */
const due: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  api: ['domain', 'zod'],
  wire: ['domain', 'zod'],
  checkpoint: ['domain', 'node:zlib'],
  workload: [...contracts, 'type @kubernetes/client-node'],
  ports: contracts,
  config: [...contracts, 'zod'],
  observation: [...contracts, 'workload', 'ports'],
  operator: program,
  agent: program,
  cli: [...program, 'node:util'],
  kube: [...adapter, '@kubernetes/client-node', 'undici', ...node],
  s3: [...adapter, '@aws-sdk/client-s3', '@smithy/node-http-handler', ...node],
  disk: [...adapter, ...node],
  http: [...adapter, 'undici', ...node],
  ops: [...adapter, 'pino', 'prom-client', ...node],
};

const rooms = Object.keys(due);
const npm = [
  '@aws-sdk/client-s3',
  '@kubernetes/client-node',
  '@smithy/node-http-handler',
  'pino',
  'prom-client',
  'undici',
  'zod',
];
const outside = ['../dev/thing.ts', '../test/thing.ts', '../scripts/thing.ts', '../bench/thing.ts'];
const other = ['node:process', 'fs', 'operator.ts', 'agent.ts', 'cli.ts'];

interface Probe {
  /** as written in the table above */
  readonly target: string;
  readonly specifier: string;
}

function probes(room: string, depth: number): readonly Probe[] {
  const up = '../'.repeat(depth);
  const relative = [
    ...rooms.filter((name) => name !== room),
    ...other.filter((name) => name.endsWith('.ts')),
  ];
  return [
    ...relative.map((target) => ({
      target,
      specifier: `${up}${target}${target.endsWith('.ts') ? '' : '/thing.ts'}`,
    })),
    ...outside.map((target) => ({ target, specifier: `${up}${target}` })),
    ...[...npm, ...node, 'node:process', 'fs'].map((target) => ({ target, specifier: target })),
    { target: 'detour', specifier: `./${up}kube/thing.ts` },
  ];
}

function sourceOf(list: readonly Probe[]): string {
  const values = list.map(({ specifier }, i) => `import { v${i} } from '${specifier}';`);
  const types = list.map(({ specifier }, i) => `import type { T${i} } from '${specifier}';`);
  return ['// probe', ...values, ...types].join('\n');
}

/** The targets that the linter let through, types-only ones marked. */
function letThrough(findings: readonly Finding[], file: string, list: readonly Probe[]): readonly string[] {
  const refused = new Set(
    findings.filter((f) => f.file === file && f.code === 'eslint(no-restricted-imports)').map((f) => f.line),
  );
  return list.flatMap(({ target }, i) => {
    if (!refused.has(i + 2)) return [target];
    return refused.has(i + 2 + list.length) ? [] : [`type ${target}`];
  });
}

const places = rooms.flatMap((room) =>
  [1, 2, 3].map((depth) => ({ room, depth, file: `src/${room}/${'part/'.repeat(depth - 1)}probe.ts` })),
);

let tree: PlantedTree;
let findings: readonly Finding[];
beforeAll(() => {
  tree = new PlantedTree(Object.fromEntries(places.map((p) => [p.file, sourceOf(probes(p.room, p.depth))])));
  tree.plant('src/stray.ts', "// an entry nobody declared\nimport { v } from './domain/thing.ts';");
  tree.plant('src/attic/probe.ts', "// a room nobody declared\nimport { v } from '../domain/thing.ts';");
  tree.plant(
    'src/operator.ts',
    "// entry\nimport { v } from './kube/thing.ts';\nimport { w } from '../dev/thing.ts';",
  );
  findings = tree.lint();
});
afterAll(() => tree[Symbol.dispose]());

describe('the floors', () => {
  test.each(places)('$file imports exactly its due', ({ room, depth, file }) => {
    expect(letThrough(findings, file, probes(room, depth)).toSorted()).toEqual(due[room]?.toSorted());
  });

  test.each([
    { name: 'an undeclared entry file imports nothing', file: 'src/stray.ts', lines: [2] },
    { name: 'an undeclared room imports nothing', file: 'src/attic/probe.ts', lines: [2] },
    {
      name: 'an entry file imports every room, but nothing outside src',
      file: 'src/operator.ts',
      lines: [3],
    },
  ])('$name', ({ file, lines }) => {
    const refused = findings.filter((f) => f.file === file && f.code === 'eslint(no-restricted-imports)');
    expect(refused.map((f) => f.line)).toEqual(lines);
  });
});
