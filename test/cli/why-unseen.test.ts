// why, to a user whose rights or credentials do not reach everything: what is missing is named, with what cannot be told without it, and
// nothing is claimed that was not seen.
import { beforeEach, describe, expect, test } from 'vitest';
import { runReasons } from '../../src/api/conditions.ts';
import { jobs } from '../../src/ports/kinds.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { RunBench } from '../support/run-bench.ts';

let bench: RunBench;
let observer: CliObserver;

beforeEach(async () => {
  bench = new RunBench();
  observer = new CliObserver(bench);
  bench.training.script = { pace: 3, stepEvery: 10, target: 900, crashes: [] };
  await bench.liveUntil(() => bench.status.resumePoint !== undefined);
});

interface Report {
  readonly gaps: readonly object[];
  readonly cure: string | null;
}

const report = async (): Promise<Report> =>
  JSON.parse((await observer.run('why', 'zh', '-o', 'json')).out) as Report;

/** The only pod there is. */
const pod = () => bench.training.pods.at(-1)?.metadata ?? { name: '' };

describe('what the user may not see', () => {
  test.each([
    { right: ['get', 'nodes'], missing: 'get nodes', judgedFrom: 'Facts', unjudged: /node of a pod/ },
    {
      right: ['logTail', 'pods'],
      missing: 'get pods/log',
      judgedFrom: 'Facts',
      unjudged: /how far the trainer is/,
    },
    {
      right: ['get', 'namespaces'],
      missing: 'get namespaces',
      judgedFrom: 'Facts',
      unjudged: /store allows/,
    },
    {
      right: ['list', 'pods'],
      missing: 'list pods',
      judgedFrom: 'Status',
      unjudged: /what the run does now/,
    },
    {
      right: ['list', 'jobs'],
      missing: 'list jobs.batch',
      judgedFrom: 'Status',
      unjudged: /what the run does now/,
    },
    {
      right: ['get', 'checkpointstores'],
      missing: 'get checkpointstores.reprise.dev',
      judgedFrom: 'Facts',
      unjudged: /CheckpointStore/,
    },
  ])('$missing', async ({ right: [verb = '', plural = ''], missing, judgedFrom, unjudged }) => {
    observer.forbid(verb, plural);
    const { code, out } = await observer.run('why', 'zh', '-o', 'json');
    expect(code).toBe(0);
    const told = JSON.parse(out) as Report;
    expect(told).toMatchObject({ phase: 'Running', judgedFrom, idle: null });
    expect(told.gaps).toMatchObject([{ missing, unjudged: expect.stringMatching(unjudged) }]);
    expect((await observer.run('why', 'zh')).out).toMatch(
      new RegExp(` not seen +${missing}: .* is forbidden`),
    );
  });

  test('the bucket: what lives is judged all the same', async () => {
    observer.hasCredentials = false;
    expect(await report()).toMatchObject({
      judgedFrom: 'Facts',
      phase: 'Running',
      gaps: [{ missing: 'read the bucket' }],
    });
  });

  test.each([
    { name: 'the store', hide: () => observer.forbid('get', 'checkpointstores') },
    { name: 'the bucket', hide: () => (observer.hasCredentials = false) },
  ])('$name: what the operator wrote of it stands, and nothing else is said', async ({ hide }) => {
    await bench.live(3);
    const before = await observer.run('status', 'zh');
    const { unsavedUpdates } = bench.status.progress ?? {};
    hide();
    const { out } = await observer.run('status', 'zh');
    const saved = / {2}saved +update .*\n/;
    expect(saved.exec(before.out)?.[0]).toMatch(/update \d/);
    expect(saved.exec(out)?.[0]).toBe(saved.exec(before.out)?.[0]);
    expect(out).toMatch(new RegExp(` eviction +one now would cost about ${unsavedUpdates} updates`));
    expect(out).not.toMatch(/AsLastRead|its pod was not read/);
    const evidence = (await observer.run('why', 'zh')).out;
    expect(evidence).not.toContain('no store can be used');
  });

  test('the bucket: what follows an end is not, and status speaks', async () => {
    bench.objects.objects.delete(
      [...bench.objects.objects.keys()].find((key) => key.endsWith('attempt.json')) ?? '',
    );
    bench.training.kubelet.evict(pod());
    await bench.live(3);
    observer.hasCredentials = false;
    const told = await report();
    expect(told).toMatchObject({
      judgedFrom: 'Status',
      phase: 'Stalled',
      reason: 'NoUsableCheckpoint',
      message: bench.status.message,
      next: null,
      cure: runReasons.Stalled['NoUsableCheckpoint']?.cure,
    });
    const { out } = await observer.run('why', 'zh');
    expect(out).toMatch(/ judged +from status alone/);
    expect(out).toMatch(
      / not seen +read the bucket: no credentials open the bucket .*Secret voice\/reprise-store/,
    );
  });

  test('of a store that the operator cannot use, no bucket is needed', async () => {
    observer.hasCredentials = false;
    const message = 'The S3 server does not answer. Check spec.s3.endpoint.';
    observer.setStore({ type: 'Available', status: 'False', reason: 'Unreachable', message });
    bench.cluster.storage.delete(jobs, { namespace: 'voice', name: 'zh-1' }, { propagation: 'Background' });
    bench.training.kubelet.removePod(pod());
    expect(await report()).toMatchObject({
      judgedFrom: 'Facts',
      phase: 'Stalled',
      reason: 'StoreNotAvailable',
      message: expect.stringContaining('The S3 server does not answer'),
      gaps: [],
    });
  });

  test('the namespace: a store that asks for labels is taken to find them', async () => {
    bench = new RunBench();
    observer = new CliObserver(bench);
    const available = { type: 'Available', status: 'True', reason: 'Probed', message: '' };
    observer.setStore(available, { matchLabels: { tts: 'true' } });
    observer.forbid('get', 'namespaces');
    expect(await report()).toMatchObject({
      phase: 'Pending',
      reason: null,
      gaps: [{ missing: 'get namespaces' }],
    });
  });

  test('the bucket: a document that nobody understands is no gap', async () => {
    const key = [...bench.objects.objects.keys()].find((name) => name.endsWith('attempt.json')) ?? '';
    bench.objects.seed(key, '{"version":1}');
    bench.training.kubelet.evict(pod());
    await bench.live(3);
    expect(await report()).toMatchObject({
      judgedFrom: 'Facts',
      phase: 'Stalled',
      reason: 'Malformed',
      gaps: [],
    });
  });
});
