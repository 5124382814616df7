// Calls that go wrong on the way: what is tried again, what never is, how long, and what a person is told.
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ClusterError } from '../../src/ports/cluster.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import { jobs, secrets } from '../../src/ports/kinds.ts';
import type { Fault } from '../support/fake-api-server/faults.ts';
import { ioUntil, passUntil } from '../support/passing-time.ts';
import { type RestSubject, startRestSubject } from '../support/rest-cluster.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const never = new AbortController().signal;
const name = { namespace: 'voice', name: 'xiaoyi-1' };
const manifest = { apiVersion: 'batch/v1', kind: 'Job', metadata: name, spec: { suspend: true } };

let clock: VirtualClock;
let rest: RestSubject;

beforeEach(async () => {
  clock = new VirtualClock();
  rest = await startRestSubject(clock);
  const subject = rest;
  onTestFinished(() => subject[Symbol.asyncDispose]());
});

interface Outcome<R> {
  readonly value?: R;
  readonly error?: ClusterError;
  readonly took: number;
}

/** Lets time pass until the call ended. */
async function outcomeOf<R>(call: Promise<R>): Promise<Outcome<R>> {
  const started = clock.monotonic();
  let outcome: Outcome<R> | undefined;
  const watched = call.then(
    (value) => (outcome = { value, took: clock.monotonic() - started }),
    (error: ClusterError) => (outcome = { error, took: clock.monotonic() - started }),
  );
  await passUntil(clock, () => outcome !== undefined, 300_000);
  return watched;
}

const seed = (): KubeObject => rest.server.storage.create(jobs, manifest);

const calls = {
  get: () => rest.cluster.get(jobs, name, never),
  list: () => rest.cluster.list(jobs, {}, never),
  patch: () => rest.cluster.patch(jobs, { name, patch: { metadata: { labels: { a: 'b' } } } }, never),
  guardedPatch: () => {
    const resourceVersion = rest.server.storage.read(jobs, name)?.metadata.resourceVersion;
    const patch = { metadata: { resourceVersion, labels: { a: 'b' } } };
    return rest.cluster.patch(jobs, { name, patch }, never);
  },
  delete: () => {
    const uid = rest.server.storage.read(jobs, name)?.metadata.uid ?? '';
    return rest.cluster.delete(jobs, { name, uid, propagation: 'Background' }, never);
  },
  create: () => rest.cluster.create(jobs, { ...manifest, metadata: { ...name, name: 'xiaoyi-2' } }, never),
  claim: () => {
    const uid = rest.server.storage.read(jobs, name)?.metadata.uid ?? '';
    const fields = { spec: { suspend: true } };
    return rest.cluster.claim(jobs, { name, uid, fieldManager: 'another', fields }, never);
  },
  applyStatus: () => {
    const { uid = '', resourceVersion = '' } = rest.server.storage.read(jobs, name)?.metadata ?? {};
    return rest.cluster.applyStatus(jobs, { name, uid, resourceVersion, status: { active: 1 } }, never);
  },
};
type Call = keyof typeof calls;

const faults: Readonly<Record<string, Fault>> = {
  '500': { kind: 'status', code: 500 },
  '503': { kind: 'status', code: 503 },
  reset: { kind: 'reset' },
  'lost answer': { kind: 'loseAnswer' },
  'half an answer': { kind: 'truncate' },
  garbage: { kind: 'raw', code: 200, contentType: 'application/json', body: '{"kind":' },
  'no answer': { kind: 'stall' },
};

const repeatable: readonly Call[] = ['get', 'list', 'patch', 'claim', 'delete'];
const onlyOnce: readonly Call[] = ['create', 'applyStatus', 'guardedPatch'];
const pairs = (some: readonly Call[]) =>
  some.flatMap((call) => Object.keys(faults).map((fault) => ({ call, fault })));

test.each(pairs(repeatable))('$call survives a passing $fault', async ({ call, fault }) => {
  seed();
  rest.server.faults.plan(faults[fault] ?? { kind: 'reset' });
  const { error } = await outcomeOf<unknown>(calls[call]());
  expect(error).toBeUndefined();
  expect(rest.server.requests).toHaveLength(2);
});

test.each(pairs(onlyOnce))('$call is not sent twice after $fault: Unavailable', async ({ call, fault }) => {
  seed();
  rest.server.faults.plan(faults[fault] ?? { kind: 'reset' });
  const { error } = await outcomeOf<unknown>(calls[call]());
  expect(error).toMatchObject({ code: 'Unavailable' });
  expect(error).toBeInstanceOf(ClusterError);
  expect(rest.server.requests).toHaveLength(1);
});

test.each([...repeatable, ...onlyOnce])(
  '%s is sent again after 429, which means it was not executed',
  async (call) => {
    seed();
    rest.server.faults.plan({ kind: 'status', code: 429, headers: { 'retry-after': '3' } });
    const { error, took } = await outcomeOf<unknown>(calls[call]());
    expect(error).toBeUndefined();
    expect(took).toBeGreaterThanOrEqual(3000);
  },
);

test.each(['get', 'list', 'delete', 'create'] as const)(
  '%s ends in bounded time when nothing ever answers',
  async (call) => {
    seed();
    rest.server.faults.plan({ kind: 'stall' }, undefined, 100);
    const { error, took } = await outcomeOf<unknown>(calls[call]());
    expect(error).toMatchObject({ code: 'Unavailable' });
    expect(error?.message).toContain(`lost the API server at ${rest.server.url}: no answer within 30 s`);
    expect(took).toBeLessThan(125_000);
  },
);

test('a Retry-After of an hour is not waited for', async () => {
  rest.server.faults.plan({ kind: 'status', code: 503, headers: { 'retry-after': '3600' } }, undefined, 100);
  const { error, took } = await outcomeOf(calls.get());
  expect(error).toMatchObject({ code: 'Unavailable', message: 'injected 503' });
  expect(took).toBeLessThan(65_000);
});

test('a server that is not there is asked again even for a create, then its address and the reason are named', async () => {
  const { url } = rest.server;
  await rest.server[Symbol.asyncDispose]();
  const { error, took } = await outcomeOf(calls.create());
  expect(error).toMatchObject({ code: 'Unavailable' });
  expect(error?.message).toContain(`cannot reach the API server at ${url}: connect ECONNREFUSED`);
  expect(took, 'nothing was sent, so it tries again').toBeGreaterThan(1000);
});

test.each([
  { code: 400, want: 'Invalid' },
  { code: 401, want: 'Forbidden' },
  { code: 403, want: 'Forbidden' },
  { code: 409, want: 'Conflict' },
  { code: 413, want: 'Invalid' },
  { code: 415, want: 'Invalid' },
  { code: 422, want: 'Invalid' },
  { code: 504, want: 'Unavailable' },
])('an answer $code is $want, in the words of the server', async ({ code, want }) => {
  rest.server.faults.plan({ kind: 'status', code }, undefined, 9);
  const { error } = await outcomeOf(calls.create());
  expect(error).toMatchObject({ code: want, message: `injected ${code}` });
});

test.each([
  { contentType: 'text/html', body: '<html>bad gateway</html>', want: 'the API server answered 502' },
  { contentType: 'text/plain', body: 'no route to host\n', want: 'no route to host' },
])("a proxy's $contentType", async ({ contentType, body, want }) => {
  rest.server.faults.plan({ kind: 'raw', code: 502, contentType, body }, undefined, 9);
  const { error } = await outcomeOf(calls.get());
  expect(error).toMatchObject({ code: 'Unavailable', message: want });
});

test('a call that is aborted while it waits ends at once with the reason', async () => {
  rest.server.faults.plan({ kind: 'stall' }, undefined, 9);
  const stop = new AbortController();
  const call = rest.cluster.get(jobs, name, stop.signal);
  await ioUntil(() => rest.server.requests.length === 1);
  stop.abort(new Error('shutting down'));
  await expect(call).rejects.toThrow('shutting down');
  expect(clock.sleeping).toBe(0);
});

test('a list of many pages is complete, one moment for all', async () => {
  for (let made = 0; made < 1201; made += 1) {
    rest.server.storage.create(jobs, { ...manifest, metadata: { ...name, name: `run-${made}` } });
  }
  const { value } = await outcomeOf(rest.cluster.list(jobs, { namespace: 'voice' }, never));
  expect(new Set(value?.map((job) => job.metadata.name)).size).toBe(1201);
  expect(value?.[700]).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' });
  expect(rest.server.requests).toHaveLength(3);
});

const laterPages = ({ query }: { query: URLSearchParams }): boolean => query.has('continue');

test.each([
  { name: 'once', expirations: 1, want: 1201 },
  { name: 'for ever', expirations: 99, want: 'NotFound' },
])('a list whose continue token expires $name', async ({ expirations, want }) => {
  for (let made = 0; made < 1201; made += 1) {
    rest.server.storage.create(jobs, { ...manifest, metadata: { ...name, name: `run-${made}` } });
  }
  rest.server.faults.plan({ kind: 'status', code: 410 }, laterPages, expirations);
  const { value, error } = await outcomeOf(rest.cluster.list(jobs, {}, never));
  expect(value?.length ?? error?.code).toBe(want);
});

test('a list with an object that cannot be read is an error, never a shorter list', async () => {
  const body = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [{ metadata: { name: 'odd' } }] });
  rest.server.faults.plan({ kind: 'raw', code: 200, contentType: 'application/json', body });
  const { error } = await outcomeOf(rest.cluster.list(secrets, {}, never));
  expect(error).toMatchObject({ code: 'Unavailable' });
  expect(error?.message).toContain('secrets "odd" without metadata.uid');
});

test('many calls share few connections', async () => {
  seed();
  await Promise.all(Array.from({ length: 100 }, () => calls.get()));
  await Promise.all(Array.from({ length: 100 }, () => calls.get()));
  expect(rest.server.connections).toBeLessThanOrEqual(8);
});

test('the end of a log is read; a container that has none yet, or none any more, has none', async () => {
  const tail = { ...name, container: 'trainer', lines: 2 };
  rest.server.setPodLog(name.name, 'trainer', 'one\ntwo\nthree\n');
  expect(await rest.cluster.logTail(tail, never)).toBe('two\nthree\n');
  rest.server.faults.plan({ kind: 'status', code: 400 });
  expect(await rest.cluster.logTail(tail, never)).toBeUndefined();
  rest.server.setPodLog(name.name, 'trainer', 'unable to retrieve container logs for containerd://41ab');
  expect(await rest.cluster.logTail(tail, never)).toBeUndefined();
});

test('the beginning of a log is read with the times of its lines, and no more of it than asked for', async () => {
  const head = { ...name, container: 'trainer', bytes: 70 };
  expect(await rest.cluster.logHead(head, never)).toBeUndefined();
  rest.server.setPodLog(name.name, 'trainer', 'one\ntwo\nthree\n');
  const time = '2026-11-22T12:00:00.000000000Z';
  expect(await rest.cluster.logHead(head, never)).toBe(`${time} one\n${time} two\n`);
});

test('a log that does not come is given up after one short try', async () => {
  rest.server.faults.plan({ kind: 'stall' });
  const { error, took } = await outcomeOf(rest.cluster.logTail({ ...name, container: 'a', lines: 1 }, never));
  expect(error).toMatchObject({ code: 'Unavailable' });
  expect(took).toBeLessThan(12_000);
});
