// What keeps the clock, chance, process and mocks out: each ban of the linter shown to fail on one planted file, and the rooms
// that are allowed the thing shown to be left alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf, parseFaults } from '../support/fault.ts';
import { PlantedTree, type Finding } from '../support/planted-tree.ts';

const rooms = [
  'domain',
  'api',
  'wire',
  'checkpoint',
  'workload',
  'ports',
  'config',
  'operator',
  'agent',
  'cli',
];
const adapters = ['kube', 's3', 'disk', 'http', 'ops'];

const processEverywhere = [...rooms, ...adapters].map((room) => ({
  name: `process in ${room}`,
  file: `src/${room}/process.ts`,
  code: 'eslint(no-restricted-globals)',
  text: 'export const pid = (): number => process.pid;\n',
}));
const clocks = rooms.flatMap((room) => [
  {
    name: `the clock in ${room}`,
    file: `src/${room}/part/now.ts`,
    code: 'eslint(no-restricted-properties)',
    text: 'export const now = (): number => Date.now();\n',
  },
  {
    name: `a timer in ${room}`,
    file: `src/${room}/part/timer.ts`,
    code: 'eslint(no-restricted-globals)',
    text: 'export const later = (f: () => void): unknown => setTimeout(f, 1);\n',
  },
]);

const faults = [
  ...processEverywhere,
  ...clocks,
  ...parseFaults(`
### process through globalThis | src/disk/global-process.ts | eslint(no-restricted-properties)
export const pid = (): number => globalThis.process.pid;
### process in an undeclared file | src/stray.ts | eslint(no-restricted-globals)
export const pid = (): number => process.pid;
### Date in domain | src/domain/date.ts | eslint(no-restricted-globals)
export const iso = (ms: number): string => new Date(ms).toISOString();
### chance in domain | src/domain/chance.ts | eslint(no-restricted-properties)
export const roll = (): number => Math.random();
### a deadline in cli | src/cli/deadline.ts | eslint(no-restricted-properties)
export const soon = (): AbortSignal => AbortSignal.timeout(1);
### fetch in agent | src/agent/fetch.ts | eslint(no-restricted-globals)
export const get = async (url: string): Promise<Response> => await fetch(url);
### a random id in operator | src/operator/id.ts | eslint(no-restricted-globals)
export const id = (): string => crypto.randomUUID();
### console in kube | src/kube/console.ts | eslint(no-console)
export const say = (): void => console.log('hello');
### vi.mock | test/domain/mock.test.ts | vitest(no-restricted-vi-methods)
import { vi } from 'vitest';
vi.mock('../../src/domain/thing.ts');
### vi.doMock | test/domain/do-mock.test.ts | vitest(no-restricted-vi-methods)
import { vi } from 'vitest';
vi.doMock('../../src/domain/thing.ts');
### a mock in a helper of tests | test/support/mock.ts | vitest(no-restricted-vi-methods)
import { vi } from 'vitest';
vi.mock('../../src/domain/thing.ts');
### a test that asserts nothing | test/domain/empty.test.ts | vitest(expect-expect)
import { test } from 'vitest';
test('nothing', () => {});
### a focused test | test/domain/focused.test.ts | vitest(no-focused-tests)
import { expect, test } from 'vitest';
test.only('one', () => { expect(1).toBe(1); });
`),
];

const allowed = {
  'src/operator.ts': '// an entry touches process\nprocess.exitCode = 0;\n',
  'src/ops/clock.ts': '// an adapter asks the clock\nexport const now = (): number => Date.now();\n',
  'src/disk/part/pause.ts':
    '// an adapter waits\nexport const later = (f: () => void): unknown => setTimeout(f, 1);\n',
  'src/operator/iso.ts':
    '// only domain does without Date\nexport const iso = (ms: number): string => new Date(ms).toISOString();\n',
  'test/domain/property.test.ts':
    "import fc from 'fast-check';\nimport { test } from 'vitest';\ntest('p', () => { fc.assert(fc.property(fc.nat(), (n) => n >= 0)); });\n",
};

let tree: PlantedTree;
let findings: readonly Finding[];
beforeAll(() => {
  tree = new PlantedTree({ ...filesOf(faults), ...allowed });
  findings = tree.lint();
});
afterAll(() => tree[Symbol.dispose]());

describe('the linter', () => {
  test.each(faults)('refuses $name', ({ file, code }) => {
    expect(findings.filter((f) => f.file === file).map((f) => f.code)).toContain(code);
  });

  test.each(Object.keys(allowed))('lets %s through', (file) => {
    expect(findings.filter((f) => f.file === file)).toEqual([]);
  });
});
