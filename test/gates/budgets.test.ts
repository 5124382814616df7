// The linter's rules about shape, modules and types, each shown to fail on one planted file; and well-made files beside them,
// some exactly at the limit, that must be left alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf, parseFaults, type Fault } from '../support/fault.ts';
import { PlantedTree, type Finding } from '../support/planted-tree.ts';

const repeat = (count: number, line: string): string => `${line}\n`.repeat(count);
const functionOf = (lines: number): string =>
  `// a function\nexport function count(): number {\n  let n = 0;\n${repeat(lines - 4, '  n += 1;')}  return n;\n}\n`;
const pathsOf = (paths: number): string => {
  const cases = Array.from({ length: paths - 1 }, (_, i) => `  if (n === ${i}) return 'case ${i}';\n`);
  return `// paths\nexport function word(n: number): string {\n${cases.join('')}  return 'many';\n}\n`;
};
const long = (name: string, code: string, text: string): Fault => ({
  name,
  file: `src/domain/${code}.ts`,
  code: `eslint(${code})`,
  text,
});

const shape = [
  long('a file over 250 lines', 'max-lines', repeat(251, '// line')),
  long('a function over 40 lines', 'max-lines-per-function', functionOf(41)),
  long('more than ten paths', 'complexity', pathsOf(11)),
];

const faults = [
  ...shape,
  ...parseFaults(`
### a fourth parameter | src/domain/parameters.ts | eslint(max-params)
export const sum = (a: number, b: number, c: number, d: number): number => a + b + c + d;
### a fourth level of nesting | src/domain/nested.ts | eslint(max-depth)
export function nested(a: boolean, b: boolean, c: boolean, ): number {
  if (a) { if (b) { if (c) { if (a !== c) return 1; } } }
  return 0;
}
### a file that is not kebab-case | src/domain/badName.ts | unicorn(filename-case)
export const a = 1;
### an open promise to do better | src/domain/later.ts | eslint(no-warning-comments)
// TODO: later
### a cycle | src/domain/hen.ts | import(no-cycle)
import { egg } from './egg.ts';
export const hen = (): number => egg();
### the other end of the cycle | src/domain/egg.ts | import(no-cycle)
import { hen } from './hen.ts';
export const egg = (): number => hen();
### a cycle of types alone | src/domain/type-hen.ts | import(no-cycle)
import type { Egg } from './type-egg.ts';
export type Hen = { readonly from: Egg };
### its other end | src/domain/type-egg.ts | import(no-cycle)
import type { Hen } from './type-hen.ts';
export type Egg = { readonly from: Hen };
### a default export | src/domain/fallback.ts | import(no-default-export)
const a = 1;
export default a;
### a barrel | src/domain/barrel.ts | oxc(no-barrel-file)
export * from './well-made.ts';
### an import without its extension | src/domain/bare.ts | import(extensions)
import { twice } from './well-made';
export const four = (): number => twice(2);
### a type imported as a value | src/domain/heavy.ts | typescript(consistent-type-imports)
import { Kind } from './well-made.ts';
export const kind: Kind = 'Last';
### a floating promise | src/agent/floating.ts | typescript(no-floating-promises)
async function save(): Promise<void> {}
export function run(): void {
  save();
}
### a promise where none is awaited | src/agent/misused.ts | typescript(no-misused-promises)
export const run = (list: readonly number[]): void => list.forEach(async (n) => { await Promise.resolve(n); });
### a switch that forgets a case | src/domain/forgetful.ts | typescript(switch-exhaustiveness-check)
export function size(kind: 'Last' | 'Step'): number {
  switch (kind) { case 'Last': return 1; }
  return 0;
}
### any | src/domain/anything.ts | typescript(no-explicit-any)
export const anything = (value: any): string => String(value);
### a non-null assertion | src/domain/assertive.ts | typescript(no-non-null-assertion)
export const first = (list: readonly string[]): string => list[0]!;
### a cast that proves nothing | src/domain/cast.ts | typescript(no-unsafe-type-assertion)
export const text = (value: unknown): string => value as string;
### an exported function without return type | src/domain/untyped.ts | typescript(explicit-module-boundary-types)
export const twice = (n: number) => n * 2;
### a thrown string | src/domain/thrower.ts | typescript(only-throw-error)
export function fail(): never {
  throw 'no';
}
### a suppression nobody needs | src/domain/quiet.ts | unused directive
// oxlint-disable-next-line no-var
export const a = 1;
`),
];

const tableOfTests = Array.from(
  { length: 60 },
  (_, i) => `  test('${i}', () => { expect(${i}).toBe(${i}); });\n`,
).join('');
const wellMade = {
  'src/domain/well-made.ts':
    "// made\nexport type Kind = 'Last';\nexport const twice = (n: number): number => n * 2;\n",
  'src/domain/full-file.ts': `${repeat(249, '// line')}export const a = 1;\n`,
  'src/domain/full-function.ts': functionOf(40),
  'src/domain/full-paths.ts': pathsOf(10),
  'test/domain/table.test.ts': `import { describe, expect, test } from 'vitest';\ndescribe('table', () => {\n${tableOfTests}});\n`,
};

let tree: PlantedTree;
let findings: readonly Finding[];
beforeAll(() => {
  tree = new PlantedTree({ ...filesOf(faults), ...wellMade });
  findings = tree.lint();
});
afterAll(() => tree[Symbol.dispose]());

describe('the linter', () => {
  test.each(faults)('refuses $name', ({ file, code }) => {
    expect(findings.filter((f) => f.file === file).map((f) => f.code)).toContain(code);
  });

  test.each(Object.keys(wellMade))('lets %s through', (file) => {
    expect(findings.filter((f) => f.file === file)).toEqual([]);
  });
});
