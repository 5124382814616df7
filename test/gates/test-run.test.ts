// `make test` must not call a run good that was not: each way a tier can go wrong fails the run and is named, every skip is
// printed with its reason, and the last line counts.
import { describe, expect, test } from 'vitest';
import { PlantedTree, type ToolRun } from '../support/planted-tree.ts';

const vitestImport = "import { beforeAll, describe, expect, test } from 'vitest';\n";
const good = `${vitestImport}test('holds', () => { expect(1).toBe(1); });\n`;

function run(body: string, tier = 'unit'): ToolRun {
  using tree = new PlantedTree({
    'test/domain/good.test.ts': good,
    'test/domain/planted.test.ts': `${vitestImport}${body}`,
  });
  tree.plant('package.json', '{ "type": "module" }\n');
  return tree.run('node', ['scripts/test.ts', '--tier', tier]);
}

const lastLine = (done: ToolRun): string => done.stdout.trimEnd().split('\n').at(-1) ?? '';

describe('make test', () => {
  test('passes when every test passes', () => {
    const done = run("test('holds too', () => { expect(2).toBe(2); });");
    expect(lastLine(done)).toBe('2 passed, 0 failed, 0 skipped');
    expect(done.code).toBe(0);
  });

  test('names every skipped test with its reason, and passes', () => {
    const done = run(`
      describe.skipIf(true)('a cluster [needs root]', () => { test('boots', () => { expect(1).toBe(1); }); });
      test('later', (ctx) => { ctx.skip('no containerd here'); });`);
    expect(done.stdout).toMatch(/^ {2}unit {2}a cluster \[needs root\] > boots {2}\(root\)$/m);
    expect(done.stdout).toMatch(/^ {2}unit {2}later {2}\(no containerd here\)$/m);
    expect(lastLine(done)).toBe('1 passed, 0 failed, 2 skipped');
    expect(done.code).toBe(0);
  });

  test.each([
    {
      name: 'a failing test',
      body: "test('is wrong', () => { expect(1).toBe(2); });",
      says: 'is wrong',
      failed: 1,
    },
    {
      name: 'a skip without a reason',
      body: "test.skip('quiet', () => {});",
      says: 'NO REASON GIVEN',
      failed: 1,
    },
    { name: 'a test nobody wrote', body: "test.todo('some day');", says: 'NO REASON GIVEN', failed: 1 },
    {
      name: 'a file that does not load',
      body: "throw new Error('cannot load');",
      says: 'file: cannot load',
      failed: 1,
    },
    { name: 'a file without a test', body: '', says: 'No test suite found', failed: 1 },
    {
      name: 'a hook that fails',
      body: "describe('group', () => { beforeAll(() => { throw new Error('no setup'); }); test('inside', () => {}); });",
      says: 'group: no setup',
      failed: 2,
    },
    {
      name: 'a rejection nobody handles',
      body: "test('leaks', () => { void Promise.reject(new Error('unheard')); expect(1).toBe(1); });",
      says: 'unheard',
      failed: 1,
    },
    {
      name: 'a worker that dies',
      body: "test('dies', () => { process.kill(process.pid, 'SIGKILL'); });",
      says: 'planted.test.ts',
      failed: undefined,
    },
  ])('fails on $name', ({ body, says, failed }) => {
    const done = run(body);
    expect(done.stdout).toContain(says);
    expect(done.code).toBe(1);
    const count = /(\d+) failed/.exec(lastLine(done))?.[1];
    expect(Number(count)).toBe(failed ?? Math.max(1, Number(count)));
  });

  test('says in its last lines why each test failed', () => {
    const done = run(
      "test('is wrong', () => { throw new Error(`the moon:\\n  it is ${'round '.repeat(400)}`); });",
    );
    const [, end = ''] = done.stdout.split('\nfailed:\n');
    expect(end).toMatch(
      /^ {2}unit {2}test\/domain\/planted\.test\.ts {2}is wrong\n {4}the moon:\n {6}it is (round ){100,170}\w* …\n/,
    );
  });

  test('fails on a tier that has no test', () => {
    const done = run("test('holds too', () => { expect(2).toBe(2); });", 'contract');
    expect(done.stdout).toContain('the tier ran no test');
    expect(lastLine(done)).toBe('0 passed, 1 failed, 0 skipped');
    expect(done.code).toBe(1);
  });

  test('refuses a tier that does not exist', () => {
    const done = run('', 'quantum');
    expect(done.output).toContain('no such tier: quantum');
    expect(done.code).toBe(2);
  });
});
