// A server that does not come up says why with the end of its log, and is not left running.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { markedProcesses } from '../../dev/process/marked-process.ts';
import { makeServer, type Server } from '../../dev/process/server.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reprise-server-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function shell(script: string, ready: () => Promise<string | undefined>): Server {
  const args = ['-c', script];
  return makeServer({ name: 'shell', command: 'sh', args, directory, readyWithinSeconds: 2, ready });
}

const never = async (): Promise<string> => 'nobody answers';

test('one that ends is reported at once with its exit code and last lines', async () => {
  const started = performance.now();
  await expect(shell('echo the reason >&2; exit 3', never).start()).rejects.toThrow(
    /shell did not start: it ended with exit code 3\nthe reason/,
  );
  expect(performance.now() - started).toBeLessThan(1500);
});

test('one that runs but never serves is ended and the last reason given', async () => {
  const server = shell('echo starting; exec sleep 100', never);
  await expect(server.start()).rejects.toThrow(/within 2 s: nobody answers\nstarting/);
  expect(server.running()).toBeUndefined();
  expect(markedProcesses(directory)).toEqual([]);
});

test('a program that does not exist is named', async () => {
  const server = makeServer({
    name: 'gone',
    command: '/nonexistent/program',
    args: [],
    directory,
    ready: never,
  });
  await expect(server.start()).rejects.toThrow(/gone did not start: .*ENOENT/);
});

test('starting twice starts one, stopping twice is fine, and a handle made later knows it', async () => {
  const server = shell('exec sleep 100', async () => undefined);
  await server.start();
  const first = server.running();
  await server.start();
  expect(server.running()).toEqual(first);
  const later = shell('unused', never);
  expect(later.running()).toEqual(first);
  await later.stop();
  await server.stop();
  expect(server.running()).toBeUndefined();
  expect(() => server.signal('SIGSTOP')).toThrow(/does not run/);
});
