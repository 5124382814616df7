// status --watch: again at every change, over what was there or below it, until somebody stops it.
import { beforeEach, describe, expect, test } from 'vitest';
import { apiVersion, runNames } from '../../src/api/names.ts';
import { runs } from '../../src/ports/kinds.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { refusal } from '../support/fake-cluster.ts';
import { fullStatus } from '../support/full-status.ts';
import { RunBench } from '../support/run-bench.ts';
import { settle } from '../support/virtual-clock.ts';

let bench: RunBench;
let observer: CliObserver;

beforeEach(() => {
  bench = new RunBench();
  observer = new CliObserver(bench);
  bench.training.script = { pace: 3, stepEvery: 10, target: 900, crashes: [] };
});

/** Another run, with this status as the operator wrote it. */
function seed(namespace: string, name: string, status?: object): void {
  const spec = { trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' } };
  const object = { apiVersion, kind: runNames.kind, metadata: { namespace, name }, spec };
  bench.cluster.storage.seed(runs, status === undefined ? object : { ...object, status });
}

const stop = (controller: AbortController): void => controller.abort(new Error('interrupted'));

/** Lets the watch hear and draw. */
async function look(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await settle();
}

describe('--watch', () => {
  test('prints a block at every change, and an interruption ends it well', async () => {
    await bench.liveUntil(() => bench.status.resumePoint !== undefined);
    const controller = new AbortController();
    const { ended, said } = observer.start(controller.signal, 'status', 'zh', '--watch');
    await look();
    expect(said().match(/^voice\/zh is /gm)).toHaveLength(1);
    await bench.clock.advance(30_000);
    await look();
    expect(said().match(/^voice\/zh is /gm), 'nothing has changed but ages').toHaveLength(1);
    bench.change({ spec: { suspend: true, suspendMode: 'Now' } });
    await bench.live(3);
    await look();
    expect(said()).toMatch(/\n\nvoice\/zh is Suspended\n/);
    stop(controller);
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  test('follows all runs, one line of JSON at every change', async () => {
    const controller = new AbortController();
    const { ended, said } = observer.start(controller.signal, 'status', '-w', '-o', 'json');
    await look();
    seed('voice', 'alpha', fullStatus);
    await look();
    stop(controller);
    expect((await ended).code).toBe(0);
    const lines = said()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as readonly object[]);
    expect(lines.map((rows) => rows.length)).toEqual([1, 2]);
  });

  test('on a terminal draws over itself, also when only ages change', async () => {
    seed('voice', 'alpha', fullStatus);
    observer.isTerminal = true;
    const controller = new AbortController();
    const { ended, said } = observer.start(controller.signal, 'status', '--watch');
    await look();
    const before = said().split('\u001b[H\u001b[J').length;
    await bench.clock.advance(10_000);
    await look();
    expect(said().split('\u001b[H\u001b[J').length).toBe(before + 1);
    stop(controller);
    expect((await ended).code).toBe(0);
  });

  test('goes on while the API server is away, and says so once', async () => {
    const controller = new AbortController();
    const { ended, said } = observer.start(controller.signal, 'status', '-w');
    await look();
    bench.cluster.before = ({ verb }) => {
      if (verb === 'list') throw refusal('Unavailable', 'cannot reach the API server');
    };
    seed('voice', 'alpha', fullStatus);
    await look();
    seed('voice', 'beta');
    await look();
    bench.cluster.before = () => undefined;
    seed('voice', 'delta');
    await look();
    stop(controller);
    expect(await ended).toMatchObject({
      code: 0,
      err: 'cannot reach the API server: what is shown may be old\n',
    });
    expect(said()).toMatch(/^delta /m);
  });

  test('of a run that is not there, or not to be read, ends at once', async () => {
    expect(await observer.run('status', 'other', '--watch')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: there is no/),
    });
    observer.forbid('list', 'ttstrainingruns');
    expect(await observer.run('status', '--watch')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: ttstrainingruns is forbidden/),
    });
  });
});
