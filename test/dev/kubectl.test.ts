// kubectl as dev/ runs it: what it does not wait for by itself is waited for.
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKubectl, untilEstablished } from '../../dev/control-plane/kubectl.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reprise-kubectl-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test('a CRD too new to have conditions is waited for', async () => {
  const asked = join(directory, 'asked');
  const program = join(directory, 'kubectl');
  const failure = 'error: .status.conditions accessor error: <nil> is of the type <nil>';
  writeFileSync(
    program,
    `#!/bin/sh\n[ -e ${asked} ] && exit 0\ntouch ${asked}\necho '${failure}' >&2\nexit 1\n`,
  );
  chmodSync(program, 0o755);
  await untilEstablished(makeKubectl(program, join(directory, 'kubeconfig')));
  expect(existsSync(asked)).toBe(true);
});
