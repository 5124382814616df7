// What changes at the very moment at which the remains of a run are to go: nothing goes that the newest state of the cluster keeps.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { namespaces, runs } from '../../../src/ports/kinds.ts';
import { day, OperatorBench } from '../../support/operator-bench.ts';

let bench: OperatorBench;

beforeEach(() => {
  bench = new OperatorBench();
  bench.seedRun('zh', [10, 20], { gone: { since: bench.clock.now() - 2 * day * 1000 } });
  const selector = { namespaces: { matchLabels: { team: 'voice' } } };
  bench.applyPolicy('clean', { selector, orphans: { deleteAfterSeconds: day, includeRetained: true } });
});
afterEach(async () => bench.end());

/** Does it when the operator asks for the last time who needs the place, before the first delete. */
function atTheLastLook(change: () => void): void {
  let isDone = false;
  bench.cluster.before = ({ verb, plural }) => {
    if (isDone || verb !== 'list' || plural !== 'pods') return;
    isDone = true;
    change();
  };
}

const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };

describe('nothing goes when at the last moment', () => {
  test.each<{ readonly name: string; readonly change: () => void }>([
    {
      name: 'the policy is taken away',
      change: () => bench.changePolicy('clean', { spec: { mode: 'Off' } }),
    },
    {
      name: 'another policy asks for more time',
      change: () => bench.applyPolicy('longer', { orphans: { deleteAfterSeconds: 9 * day } }),
    },
    {
      name: 'the labels of the namespace change, so that no policy selects it',
      change: () => {
        const patch = { metadata: { labels: { team: 'other' } } };
        bench.cluster.storage.patch(namespaces, { name: 'voice' }, patch);
      },
    },
    {
      name: 'a run is to be initialised from it',
      change: () =>
        void bench.cluster.storage.create(runs, {
          metadata: { name: 'warm', namespace: 'voice' },
          spec: { trainer, suspend: true, initializeFrom: { run: 'zh' } },
        }),
    },
  ])('$name', async ({ change }) => {
    atTheLastLook(change);
    await bench.sweeps(8);
    expect(bench.steps('zh')).toEqual([10, 20]);
    expect(bench.marker('zh')?.deletion).toBeUndefined();
  });
});

test('a checkpoint that comes while the rest goes has a grace of its own, and run.json stays for it', async () => {
  let isDone = false;
  bench.mayDelete = async () => {
    if (!isDone) bench.seedStep('zh', 999);
    isDone = true;
    return 60_000;
  };
  await bench.clock.advance(0);
  for (let second = 0; second < 600 && bench.steps('zh').length !== 1; second += 1) await bench.live(1);
  expect(bench.steps('zh')).toEqual([999]);
  expect(bench.keys('zh')).toContain('run.json');
  await bench.sweeps(3);
  expect(bench.keys('zh')).toEqual([]);
});
