// status: the table of runs and the screen of one, as a person and as a program reads them.
import { beforeEach, describe, expect, test } from 'vitest';
import { apiVersion, runNames } from '../../src/api/names.ts';
import { runs, stores } from '../../src/ports/kinds.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { fullStatus } from '../support/full-status.ts';
import { RunBench } from '../support/run-bench.ts';

let bench: RunBench;
let observer: CliObserver;

beforeEach(() => {
  bench = new RunBench();
  observer = new CliObserver(bench);
  bench.training.script = { pace: 3, stepEvery: 10, target: 900, crashes: [] };
});

const train = () =>
  bench.liveUntil(
    () => bench.status.resumePoint !== undefined && bench.status.progress?.updatesPerSecond !== undefined,
  );

/** Another run, with this status as the operator wrote it. */
function seed(namespace: string, name: string, status?: object): void {
  const spec = { trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' } };
  const metadata = { namespace, name };
  const object = { apiVersion, kind: runNames.kind, metadata, spec };
  bench.cluster.storage.seed(runs, status === undefined ? object : { ...object, status });
}

const json = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse((await observer.run('status', ...args, '-o', 'json')).out);

describe('the table', () => {
  test('has a row for each run of the namespace, whatever state it is in', async () => {
    seed('voice', 'alpha', fullStatus);
    seed('voice', 'beta');
    seed('other', 'gamma');
    const { code, out, err } = await observer.run('status');
    expect(out).toBe(`NAME   PHASE    UPDATE        %   ETA     SAVED  ATTEMPT  MESSAGE
alpha  Running  57210/120000  47  10h53m  2h0m   4        ${fullStatus.message}
beta   -        -             -   -       -      -        no status yet
zh     -        -             -   -       -      -        no status yet
`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('of all namespaces names them, and on a terminal no line is wider than it', async () => {
    seed('other', 'alpha', fullStatus);
    observer.isTerminal = true;
    const { out } = await observer.run('status', '-A');
    expect(out).toMatch(/^NAMESPACE +NAME +PHASE /);
    expect(out).toMatch(/^other +alpha +Running .*…$/m);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('names a run it does not understand', async () => {
    seed('voice', 'odd', { phase: 'Dreaming' });
    expect((await observer.run('status')).out).toMatch(
      /^odd +- .* not understood by this version of kubectl reprise: status/m,
    );
  });

  test('is an array for programs', async () => {
    seed('voice', 'alpha', fullStatus);
    const [alpha, zh] = (await json()) as readonly Readonly<Record<string, unknown>>[];
    expect(alpha).toMatchObject({
      namespace: 'voice',
      run: 'alpha',
      phase: 'Running',
      attempt: 4,
      progress: fullStatus.progress,
      resumePoint: fullStatus.resumePoint,
    });
    expect(Object.keys(zh ?? {}).join(' ')).toBe(
      'namespace run phase message attempt failures observedGeneration progress resumePoint',
    );
    expect(zh).toMatchObject({ run: 'zh', phase: null, progress: null, resumePoint: null });
  });

  test('of an empty namespace says so', async () => {
    expect((await observer.run('status', '-n', 'empty')).out).toBe('There are no runs in namespace empty.\n');
    expect(await json('-n', 'empty')).toEqual([]);
  });
});

describe('the screen of one run', () => {
  test('that trains', async () => {
    await train();
    const { code, out, err } = await observer.run('status', 'zh');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^voice\/zh is Running\n  what  attempt 1 on gpu-1, from scratch; at least \d+ updates unsaved\n\n/,
    );
    expect(out).toMatch(
      /\n  \[#*-+\] \d %, update \d+ of 900, 3\.0\/s, \w+ left\n  seen 0s ago in the pod\n\n/,
    );
    expect(out).toMatch(/\n  saved +update \d+ of attempt 1, Step, \d+ k?B, \ds ago\n/);
    expect(out).toMatch(/\n  eviction +one now would cost about \d updates, \ds of training\n/);
    expect(out).toMatch(
      /\n  next +attempt 1 trains on; the operator looks again within 5s, and when something changes\n\nATTEMPT +NODE /,
    );
    expect(out).toMatch(/\n1 +gpu-1 +goes on /);
  });

  test('on a terminal the bar is drawn', async () => {
    await train();
    observer.isTerminal = true;
    expect((await observer.run('status', 'zh')).out).toMatch(/\n  █*░+ \d %/);
  });

  test('after an eviction: from what it goes on, and what became of the attempts', async () => {
    await train();
    bench.training.kubelet.evict(bench.training.pods.at(-1)?.metadata ?? { name: '' });
    await bench.liveUntil(() => bench.status.attempt === 2 && bench.status.phase === 'Running');
    const { out } = await observer.run('status', 'zh');
    expect(out).toMatch(/\n2 +gpu-2 +goes on .*\n1 +gpu-1 +Evicted +143 /);
  });

  test('that is being ended: what it may still save is not called lost, nor is it evicted once more', async () => {
    await train();
    bench.training.kubelet.evict(bench.training.pods.at(-1)?.metadata ?? { name: '' });
    await bench.passes();
    bench.change({ spec: { suspend: true } });
    const evicted = (await observer.run('status', 'zh')).out;
    expect(bench.status.attempts.at(-1)).toMatchObject({ cause: 'Evicted', lostUpdates: expect.any(Number) });
    expect(evicted).toMatch(/\n1 +gpu-1 +Evicted +- +\S+ +\S+ +scratch +\d+ +\d+ +- +-(\n|$)/);
    expect(evicted).not.toMatch(/ eviction /);
    await bench.live(5);
    expect((await observer.run('attempts', 'zh')).out).toMatch(/\n1 +gpu-1 +Evicted +143 .* 0 +0s\n/);
  });

  test('whose store is not there: that is said once', async () => {
    bench = new RunBench({ store: 'main' });
    observer = new CliObserver(bench);
    const message =
      'The CheckpointStore that the run uses does not exist: main. Create that CheckpointStore; a run keeps its store, so for another one create another run.';
    bench.refusedStore = { kind: 'Unready', reason: 'StoreNotFound', message };
    bench.cluster.storage.delete(stores, { name: 'main' }, {});
    await bench.passes();
    const { out } = await observer.run('status', 'zh');
    expect(out.match(/does not exist/g)).toHaveLength(1);
    expect((await json('zh')) as object).toMatchObject({
      conditions: [{ reason: 'BucketUnreadable' }, { reason: 'Stopped' }],
    });
  });

  test('that is stalled: the cure', async () => {
    observer.setStore({
      type: 'Available',
      status: 'False',
      reason: 'Unreachable',
      message: 'The S3 server is silent.',
    });
    bench.refusedStore = { kind: 'Unready', reason: 'StoreNotAvailable', message: 'as the store says' };
    await bench.passes();
    const { out } = await observer.run('status', 'zh');
    expect(out).toMatch(/^voice\/zh is Stalled: StoreNotAvailable\n/);
    expect(out).toMatch(/\n  saved +nothing: the next attempt has no checkpoint/);
    expect(out).toMatch(/\n  change it +See kubectl describe cks: its condition says why\.$/m);
  });

  test('whose log the user may not read: what was seen last stands, and what is missing is said', async () => {
    await train();
    const seen = bench.status.progress;
    observer.forbid('logTail', 'pods');
    await bench.clock.advance(12_000);
    const { out } = await observer.run('status', 'zh');
    expect(out).toContain(`update ${seen?.update} of 900`);
    expect(out).toMatch(/\n  seen 1\ds ago in the pod\n/);
    expect(out).toMatch(/\n  not seen +get pods\/log: /);
  });

  test('is an object for programs', async () => {
    await train();
    const report = (await json('zh')) as Readonly<Record<string, unknown>>;
    expect(Object.keys(report).join(' ')).toBe(
      'namespace run phase reason message judgedFrom evidence next cure generation observedGeneration gaps progress resumePoint evictionCost conditions attempt failures attempts',
    );
    expect(report).toMatchObject({
      phase: 'Running',
      progress: { source: 'Pod', plannedUpdates: 900 },
      evictionCost: { updates: expect.any(Number), seconds: expect.any(Number), gpuSeconds: 0 },
      attempts: [{ number: 1, cause: null }],
    });
  });

  test('before anybody looked at it', async () => {
    const { code, out } = await observer.run('status', 'zh');
    expect(code).toBe(0);
    expect(out).toMatch(/ next +now: .*it makes attempt 1, which starts from scratch; /);
  });
});

test('RUN with --all-namespaces is wrong usage', async () => {
  expect(await observer.run('status', 'zh', '-A')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--all-namespaces is for the table/),
  });
});
