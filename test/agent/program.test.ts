// The agent as a process: what its exit codes and words say before it has any work to do.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const program = join(import.meta.dirname, '../../src/agent.ts');

function run(...args: string[]): { readonly code: number | null; readonly said: string } {
  return runNode(program, ...args);
}

function runNode(...args: string[]): { readonly code: number | null; readonly said: string } {
  const env = { PATH: process.env['PATH'] ?? '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    env,
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr };
}

/** Told to end while it loads what it runs: at the first import of its program. */
const toldWhileLoading = `import { registerHooks } from 'node:module';
registerHooks({
  resolve(name, context, next) {
    if (name.includes('agent/')) process.kill(process.pid, 'SIGTERM');
    return next(name, context);
  },
});`;

describe('node agent.ts', () => {
  test.each([{ args: [] }, { args: ['flush'] }, { args: ['sync', '/a', '/b'] }])(
    'used wrongly ($args) it says how, with exit code 2',
    ({ args }) => {
      expect(run(...args)).toEqual({ code: 2, said: 'usage: node agent.mjs restore|sync [DIRECTORY]\n' });
    },
  );

  test('survives a SIGTERM that comes while it loads: kubelet sends it as soon as a short trainer has ended', () => {
    const { code, said } = runNode('--import', `data:text/javascript,${toldWhileLoading}`, program, 'sync');
    expect(said).toContain('REPRISE_AGENT is not set');
    expect(code).toBe(10);
  });

  test.each(['restore', 'sync'])(
    '%s without an environment lists every mistake and waits for a person',
    (role) => {
      const { code, said } = run(role, 'relative');
      expect(code).toBe(10);
      const lines = said.trim().split('\n');
      expect(lines).toHaveLength(1);
      for (const mistake of ['REPRISE_AGENT is not set', 'REPRISE_POD_UID must be', 'an absolute path'])
        expect(said).toContain(mistake);
    },
  );
});
