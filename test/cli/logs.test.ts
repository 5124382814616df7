// logs: the containers of an attempt in the order of time, as they go on, and what is left when the pod is gone.
import { beforeEach, describe, expect, test } from 'vitest';
import { mergeByTime } from '../../src/cli/log-merging.ts';
import { pods } from '../../src/ports/kinds.ts';
import type { ContainerStatus } from '../../src/ports/kube-objects.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { refusal } from '../support/fake-cluster.ts';
import { RunBench } from '../support/run-bench.ts';
import { settle } from '../support/virtual-clock.ts';

let bench: RunBench;
let observer: CliObserver;
/** What each container has said. */
let said: Record<string, string>;

beforeEach(async () => {
  bench = new RunBench();
  observer = new CliObserver(bench);
  said = {};
  bench.training.script = { pace: 0, stepEvery: 10, target: 900, crashes: [] };
  await bench.liveUntil(() => bench.status.phase === 'Running');
});

const pod = () => bench.training.pods.at(-1)?.metadata ?? { name: '' };

function say(container: string, text: string): void {
  said[container] = (said[container] ?? '') + text;
  bench.cluster.setPodLog(pod(), container, said[container]);
}

/** Lets everybody hear and read. */
async function look(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await settle();
}

const follow = () => {
  const controller = new AbortController();
  return { controller, ...observer.start(controller.signal, 'logs', 'zh', '-f') };
};

describe('what was said', () => {
  beforeEach(async () => {
    say('restore', 'nothing to restore\n');
    await bench.clock.advance(1000);
    say('trainer', 'epoch 1\n');
    say('sync', 'watching\n');
    await bench.clock.advance(1000);
    say('trainer', '\u001b[31mloss\u001b[0m\t0.5 \u0007\n\rupdate=1\rupdate=2');
    await bench.clock.advance(1000);
    say('sync', 'sent update 2\n');
  });

  test('comes in the order of time, with a prefix, and cannot steer the terminal', async () => {
    const { code, out, err } = await observer.run('logs', 'zh');
    expect(out).toBe(String.raw`restore | nothing to restore
sync    | watching
trainer | epoch 1
trainer | loss	0.5 \u{7}
trainer | update=1
trainer | update=2
sync    | sent update 2
`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('of one container stands alone, of its end as much as is asked for', async () => {
    expect((await observer.run('logs', 'zh', '-c', 'sync', '--tail', '1')).out).toBe('sent update 2\n');
  });

  test('is a line of JSON each for programs', async () => {
    const { out } = await observer.run('logs', 'zh', '-o', 'json');
    const [first] = out.split('\n').map((line) => (line === '' ? undefined : (JSON.parse(line) as object)));
    expect(first).toEqual({
      attempt: 1,
      container: 'restore',
      time: expect.stringMatching(/Z$/),
      text: 'nothing to restore',
    });
  });
});

describe('--follow', () => {
  test('goes on with what comes, each line once, until the pod has ended', async () => {
    say('trainer', 'one\n');
    const { ended, said: shown } = follow();
    await look();
    say('trainer', 'two\n');
    await look();
    say('sync', 'sent\n');
    await bench.clock.advance(1000);
    await look();
    expect(shown()).toBe('trainer | one\ntrainer | two\nsync    | sent\n');
    bench.training.script = { ...bench.training.script, pace: 900 };
    await bench.training.turn();
    for (const container of ['trainer', 'sync']) bench.cluster.endPodLog(pod(), container);
    await look();
    await bench.clock.advance(11_000);
    await look();
    expect(await ended).toMatchObject({ code: 0, err: `pod ${pod().name} has ended\n` });
  });

  test('takes up a container that starts later, and one that is started anew', async () => {
    const statuses = bench.training.kubelet.pod(pod())?.status;
    const trainer: ContainerStatus = { name: 'trainer', restartCount: 0, state: { waiting: {} } };
    bench.training.kubelet.setPodStatus(pod(), { containerStatuses: [trainer] });
    const { controller, ended, said: shown } = follow();
    await look();
    say('trainer', 'late\n');
    bench.training.kubelet.setPodStatus(pod(), { containerStatuses: statuses?.containerStatuses ?? [] });
    await look();
    expect(shown()).toBe('trainer | late\n');
    say('sync', 'first life\n');
    await bench.clock.advance(2000);
    await look();
    bench.cluster.endPodLog(pod(), 'sync');
    const again: ContainerStatus = { name: 'sync', restartCount: 1, state: { running: {} } };
    bench.training.kubelet.setPodStatus(pod(), { initContainerStatuses: [again] });
    bench.cluster.setPodLog(pod(), 'sync', undefined);
    said = {};
    await bench.clock.advance(2000);
    say('sync', 'second life\n');
    await bench.clock.advance(2000);
    await look();
    expect(shown()).toBe('trainer | late\nsync    | first life\nsync    | second life\n');
    controller.abort(new Error('interrupted'));
    expect((await ended).code).toBe(0);
  });

  test('goes on where it was when a stream breaks off', async () => {
    say('trainer', 'one\ntwo\n');
    let left = 2;
    bench.cluster.before = ({ verb }) => {
      if (verb === 'logLines' && (left -= 1) < -1 && left > -5) throw refusal('Unavailable', 'reset');
    };
    const { controller, ended, said: shown } = follow();
    await look();
    say('trainer', 'three\n');
    for (let second = 0; second < 6; second += 1) {
      await bench.clock.advance(1000);
      await look();
    }
    expect(shown()).toBe('trainer | one\ntrainer | two\ntrainer | three\n');
    controller.abort(new Error('interrupted'));
    expect(await ended).toMatchObject({ code: 0 });
  });
});

describe('where there is nothing to read', () => {
  test('a pod that has said nothing is said so', async () => {
    expect(await observer.run('logs', 'zh')).toMatchObject({
      code: 0,
      out: '',
      err: `pod ${pod().name} (Running) has said nothing yet: kubectl reprise why tells what it waits for\n`,
    });
  });

  test('a pod that is gone leaves the words of the ledger', async () => {
    bench.training.kubelet.evict(pod());
    await bench.live(3);
    for (const { metadata } of bench.training.pods)
      if (metadata.name === 'zh-1-abcde') bench.training.kubelet.removePod(metadata);
    expect(bench.cluster.storage.read(pods, { namespace: 'voice', name: 'zh-1-abcde' })).toBeUndefined();
    const { code, out, err } = await observer.run('logs', 'zh', '--attempt', '1');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'error: the pod of attempt 1 is gone, and its logs with it; it ended as Evicted (exit code 143): its pod on gpu-1 was disrupted (EvictionByEvictionAPI)\n',
    );
  });

  test('an attempt nobody knows, and a run without one', async () => {
    expect((await observer.run('logs', 'zh', '--attempt', '7')).err).toMatch(
      /^error: attempt 7 has no pod, and status knows nothing of it/,
    );
    const fresh = new CliObserver(new RunBench());
    expect((await fresh.run('logs', 'zh')).err).toMatch(/^error: the run voice\/zh has made no attempt yet/);
  });

  test('a user who may not read logs is told so', async () => {
    observer.forbid('logLines', 'pods');
    expect(await observer.run('logs', 'zh')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: pods is forbidden/),
    });
  });

  test.each([
    { args: ['--attempt', '0'], says: /--attempt is "0"/ },
    { args: ['--tail', 'all'], says: /--tail is "all"/ },
    { args: ['-c', 'init'], says: /must be restore or sync or trainer/ },
  ])('$args is wrong usage', async ({ args, says }) => {
    const { code, err } = await observer.run('logs', 'zh', ...args);
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });
});

test('merging holds one line of each log, and a line without a time follows the one before it', async () => {
  let taken = 0;
  async function* log(times: readonly (number | undefined)[], name: string) {
    for (const at of times) {
      taken += 1;
      yield { at, text: name };
    }
  }
  const merged: string[] = [];
  const sources = [
    { container: 'a', lines: log([1, undefined, 5], 'a') },
    { container: 'b', lines: log([2, 3, 9, 9, 9, 9], 'b') },
  ];
  for await (const { line } of mergeByTime(sources)) {
    merged.push(`${line.text}${line.at ?? ''}`);
    if (merged.length === 6) break;
    expect(taken).toBeLessThanOrEqual(merged.length + 1);
  }
  expect(merged).toEqual(['a1', 'a', 'b2', 'b3', 'a5', 'b9']);
});
