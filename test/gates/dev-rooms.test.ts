// The order of dev/'s rooms as a failing lint: whatever a room may not import is refused, and what it may is let through.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlantedTree, type Finding } from '../support/planted-tree.ts';

/** The highest first; written out again on purpose, as in floors.test.ts. */
const rooms = ['demo', 'cluster', 'node', 'control-plane', 'bucket', 'image', 'tools', 'process', 'progress'];
const specifiers = [
  ...rooms.map((room) => `../${room}/thing.ts`),
  '../cluster.ts',
  '../workspace.ts',
  './thing.ts',
  './../demo/thing.ts',
];
const source = ['// probe', ...specifiers.map((from, i) => `import { v${i} } from '${from}';`)].join('\n');

let tree: PlantedTree;
let findings: readonly Finding[];
beforeAll(() => {
  tree = new PlantedTree(Object.fromEntries(rooms.map((room) => [`dev/${room}/probe.ts`, source])));
  findings = tree.lint();
});
afterAll(() => tree[Symbol.dispose]());

test.each(rooms)('dev/%s imports only rooms below it', (room) => {
  const ofRoom = findings.filter(
    ({ file, code }) => file === `dev/${room}/probe.ts` && code === 'eslint(no-restricted-imports)',
  );
  const refused = specifiers.filter((_, i) => ofRoom.some(({ line }) => line === i + 2));
  const above = rooms.slice(0, rooms.indexOf(room)).map((name) => `../${name}/thing.ts`);
  expect(refused).toEqual([...above, '../cluster.ts', './../demo/thing.ts']);
});
