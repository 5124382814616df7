// Which API server and as whom: kubeconfig mistakes are named, tokens are read again, a refused one is replaced.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { connectCluster } from '../../src/kube/rest-cluster.ts';
import { jobs } from '../../src/ports/kinds.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { type RestSubject, startRestSubject } from '../support/rest-cluster.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const never = new AbortController().signal;
const clock = new VirtualClock();
const log = new RecordedLog();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reprise-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

async function start(user: Readonly<Record<string, unknown>>): Promise<RestSubject> {
  const rest = await startRestSubject(clock, user);
  onTestFinished(() => rest[Symbol.asyncDispose]());
  return rest;
}

const headersOf = (rest: RestSubject) => rest.server.requests.at(-1)?.headers;
const ask = (rest: RestSubject) => rest.cluster.list(jobs, {}, never);

test.each([
  { name: 'a missing file', content: undefined, want: 'cannot read' },
  { name: 'no YAML', content: ': [', want: 'cannot read' },
  {
    name: 'no context',
    content: '{clusters: [], users: [], contexts: []}',
    want: 'names no context: it is no kubeconfig, or an empty one',
  },
  { name: 'another document', content: '<html>', want: 'names no context' },
  {
    name: 'no choice',
    content:
      '{clusters: [], contexts: [{name: a, context: {cluster: x, user: y}}, {name: b, context: {cluster: x, user: y}}]}',
    want: 'chooses no context: its contexts are a, b; choose one with --context',
  },
  {
    name: 'a choice of nothing',
    content: '{current-context: c, clusters: [], contexts: [{name: a, context: {cluster: x, user: y}}]}',
    want: 'has no cluster for its context "c": its contexts are a; choose one',
  },
])('$name is named when connecting', ({ content, want }) => {
  const kubeconfigPath = join(directory, 'config');
  if (content !== undefined) writeFileSync(kubeconfigPath, content);
  expect(() => connectCluster({ kubeconfigPath, clock, log })).toThrow(want);
  expect(() => connectCluster({ kubeconfigPath, clock, log })).toThrow(kubeconfigPath);
});

test('of a file that is no YAML nothing is shown: there are keys in it', () => {
  const kubeconfigPath = join(directory, 'config');
  writeFileSync(
    kubeconfigPath,
    'users:\n- user:\n    client-certificate-data: !!x\n    client-key-data: S0VZ\n',
  );
  const connect = (): unknown => connectCluster({ kubeconfigPath, clock, log });
  expect(connect).toThrow(/^cannot read .*\(3:\d+\)$/);
});

test('without any configuration the cure is said', () => {
  vi.stubEnv('KUBECONFIG', '');
  vi.stubEnv('HOME', directory);
  expect(() => connectCluster({ clock, log })).toThrow(
    'pass a kubeconfig, set KUBECONFIG, or run inside a cluster',
  );
});

test('a context that does not exist is named', async () => {
  const { kubeconfigPath } = await start({});
  const options = { kubeconfigPath, context: 'elsewhere', clock, log };
  expect(() => connectCluster(options)).toThrow('"elsewhere"');
});

test.each([
  { name: 'a token', user: { token: 't0' }, want: 'Bearer t0' },
  { name: 'a password', user: { username: 'a', password: 'b' }, want: 'Basic YTpi' },
])('$name goes into the header', async ({ user, want }) => {
  const rest = await start(user);
  await ask(rest);
  expect(headersOf(rest)?.authorization).toBe(want);
  expect(headersOf(rest)?.['user-agent']).toBe('reprise');
});

test('a token file is read again when its token is no longer taken', async () => {
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, 'old');
  // as client-node describes a pod's service account
  const rest = await start({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } });
  await ask(rest);
  expect(headersOf(rest)?.authorization).toBe('Bearer old');
  writeFileSync(tokenFile, 'new');
  rest.server.tokens = new Set(['new']);
  await clock.advance(11_000);
  const asked = ask(rest);
  await vi.waitFor(async () => {
    await clock.advance(10);
    expect(headersOf(rest)?.authorization).toBe('Bearer new');
  });
  expect(await asked).toEqual([]);
});

test('a plugin is asked for a credential, and again when that one is refused', async () => {
  const counter = join(directory, 'asked');
  const script = `n=$(cat ${counter} 2>/dev/null || echo 0); n=$((n+1)); echo $n > ${counter};
    printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%s"}}' $n`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  const rest = await start({ exec });
  await ask(rest);
  await ask(rest);
  expect(headersOf(rest)?.authorization).toBe('Bearer t1');
  rest.server.tokens = new Set(['t2']);
  await clock.advance(11_000);
  const asked = ask(rest);
  await vi.waitFor(async () => {
    await clock.advance(10);
    expect(headersOf(rest)?.authorization).toBe('Bearer t2');
  });
  expect(await asked).toEqual([]);
});

test('a plugin that fails is named, and its failure is Unavailable', async () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', 'echo "log in first" >&2; exit 1'],
  };
  const rest = await start({ exec });
  const asked = rest.cluster.logTail({ namespace: 'voice', name: 'a', container: 'b', lines: 1 }, never);
  await expect(asked).rejects.toMatchObject({
    code: 'Unavailable',
    message: expect.stringContaining('log in first') as string,
  });
});

test('a 401 that stays is Forbidden after two tries', async () => {
  const rest = await start({ token: 'wrong' });
  rest.server.tokens = new Set(['right']);
  const asked = ask(rest).catch((cause: unknown) => cause);
  await vi.waitFor(async () => {
    await clock.advance(10);
    expect(rest.server.requests).toHaveLength(2);
  });
  expect(await asked).toMatchObject({ code: 'Forbidden', message: 'Unauthorized' });
});

test.each([
  { namespace: 'voice', want: 'voice' },
  { namespace: undefined, want: 'default' },
])('the namespace of the context is $want', async ({ namespace, want }) => {
  const kubeconfigPath = join(directory, 'config');
  const context = { cluster: 'c', user: 'u', ...(namespace === undefined ? {} : { namespace }) };
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'one', context }],
    'current-context': 'other',
  };
  writeFileSync(kubeconfigPath, JSON.stringify(config));
  await using cluster = connectCluster({ kubeconfigPath, context: 'one', clock, log });
  expect(cluster.namespace).toBe(want);
});
