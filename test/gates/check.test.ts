// `make check` as a whole: a clean tree passes; each of its steps fails on one planted fault and names it. The rules of scripts/check-tree.ts are each shown to fail too.
import { describe, expect, test } from 'vitest';
import { filesOf, parseFaults } from '../support/fault.ts';
import { PlantedTree, type ToolRun } from '../support/planted-tree.ts';

const packageJson = (dependencies: Readonly<Record<string, string>>): string =>
  `${JSON.stringify({ private: true, type: 'module', dependencies, devDependencies: { vitest: '*' } }, null, 2)}\n`;

const clean = {
  'package.json': packageJson({}),
  'scripts/generate.ts': '// Stands in for the generator.\n\nprocess.exitCode = 0;\n',
  'src/operator.ts':
    "// The operator.\nimport { twice } from './domain/number.ts';\n\nprocess.exitCode = twice(0);\n",
  'src/agent.ts':
    "// The agent.\nimport { twice } from './domain/number.ts';\n\nprocess.exitCode = twice(0);\n",
  'src/domain/number.ts': '// Numbers, nothing else.\n\nexport const twice = (n: number): number => n * 2;\n',
  'test/support/e2e/file-setup.ts': "// Says where a file runs.\n\nprocess.env['PLACE'] = 'cluster';\n",
  'test/support/e2e/global-setup.ts': '// Sets nothing up.\n\nexport const setup = (): void => undefined;\n',
  'test/domain/number.test.ts':
    "import { expect, test } from 'vitest';\nimport { twice } from '../../src/domain/number.ts';\n\ntest('twice', () => {\n  expect(twice(2)).toBe(4);\n});\n",
};

function check(files: Readonly<Record<string, string>>): ToolRun {
  using tree = new PlantedTree({ ...clean, ...files });
  return tree.run('node', ['scripts/check.ts']);
}

const stepFaults = parseFaults(`
### format | src/domain/crooked.ts | crooked.ts
// Crooked.
export const crooked = (n: number): number => n   * 2;
### lint | src/domain/impure.ts | Math.random
// Impure.

export const impure = (n: number): number => n * Math.random();
### types | src/domain/wrong.ts | is not assignable to type 'number'
// Wrong.

export const wrong = (n: string): number => n;
### dead code | src/domain/unused.ts | unused.ts
// Imported by nobody.

export const unused = (n: number): number => n * 3;
### generated | scripts/generate.ts | a file is stale
// Stands in for the generator.

console.log('scripts/generate.ts: a file is stale');
process.exitCode = 1;
### tree | src/domain/silent.ts | opens without a comment
export const silent = (n: number): number => n * 2;
`);
const used = ['crooked', 'impure', 'wrong', 'silent'];
const userOfAll = `// Uses all but one.
${used.map((name) => `import { ${name} } from './domain/${name}.ts';\n`).join('')}
process.exitCode = crooked(1) + impure(1) + wrong('') + silent(1);
`;

/** What each failed step printed, by its name. */
function failures(output: string): ReadonlyMap<string, string> {
  const parts = output.split(/^FAIL {2}(.+?) {2,}.*cure: .+\n/m);
  return new Map(parts.flatMap((name, i) => (i % 2 === 1 ? [[name, parts[i - 1] ?? '']] : [])));
}

describe('make check', () => {
  test('passes on a clean tree', () => {
    const run = check({});
    expect(run.output).not.toContain('FAIL');
    expect(run.code).toBe(0);
  });

  describe('on a tree with one fault for each step', () => {
    const faulty = {
      ...filesOf(stepFaults),
      'src/cli.ts': userOfAll,
      'package.json': packageJson({ pino: '*' }),
    };
    const run = check(faulty);
    const failed = failures(run.output);

    test.each(stepFaults)('fails at $name and says where', ({ name, file, code: words }) => {
      expect(failed.get(name)).toContain(file);
      expect(failed.get(name)).toContain(words);
    });

    test('names the dependency that nothing uses', () => {
      expect(failed.get('dead code')).toMatch(/^pino .*package\.json/m);
    });

    test('exits 1', () => {
      expect(run.code).toBe(1);
    });
  });
});

const treeFaults = parseFaults(`
### a name that says nothing | src/domain/utils.ts | the name says nothing
// Things.
### no opening comment | src/domain/silent.ts | opens without a comment
export const a = 1;
### a re-export | src/domain/echo.ts | re-exports
// Echo.
export { a } from './silent.ts';
### a re-exported type | src/domain/type-echo.ts | re-exports
// Echo.
export type { A } from './silent.ts';
### an import at run time | src/operator/late.ts | imports at run time
// Late.
export const late = async (): Promise<unknown> => await import('../kube/client.ts');
### a suppression without reason | src/domain/quiet.ts | without its reason
// Quiet.
// oxlint-disable-next-line typescript/no-explicit-any
export type A = any;
### @ts-ignore | dev/ignored.ts | without its reason
// @ts-ignore
export const a: string = 1;
### a test in no tier | test/attic/lost.test.ts | lies in no tier
// Lost.
### a file of test/ that never runs | test/domain/lost.ts | would never run
// Lost.
`);

describe('scripts/check-tree.ts', () => {
  using tree = new PlantedTree({ ...clean, ...filesOf(treeFaults) });
  const { output, code } = tree.run('node', ['scripts/check-tree.ts']);

  test.each(treeFaults)('refuses $name', ({ file, code: words }) => {
    expect(output.split('\n')).toContainEqual(expect.stringMatching(`^${file}: .*${words}`));
    expect(code).toBe(1);
  });

  test('names nothing else', () => {
    expect(output.trim().split('\n')).toHaveLength(treeFaults.length);
  });
});
