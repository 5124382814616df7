// V8 ignores flags it does not know without an error: this notices when a new Node no longer has ours.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { preferSmallHeap } from '../../src/ops/memory.ts';

test('the setting is one that this Node has', async () => {
  expect(preferSmallHeap).not.toThrow();
  const { stdout } = await promisify(execFile)(process.execPath, ['--v8-options']);
  expect(stdout).toContain('--optimize-for-size');
});
