// What a run with deletionPolicy Delete left goes: all of it, nothing else, after the grace, and only when nobody can need it.
import { beforeEach, describe, expect, test } from 'vitest';
import { ClusterError } from '../../../src/ports/cluster.ts';
import { pods, runs } from '../../../src/ports/kinds.ts';
import { ObjectStoreError } from '../../../src/ports/objects.ts';
import { DeletionBench } from '../../support/deletion-bench.ts';
import { refusal } from '../../support/fake-cluster.ts';

let bench: DeletionBench;

function begin(): void {
  bench = new DeletionBench();
  bench.seedMarker();
  bench.seedAttempts();
  bench.objects.seed('prod/voice/zh-2/attempts/0001-aaaaaaaa/steps/model_10.pt', 'of another run');
}

beforeEach(begin);

const others = (): number => bench.objects.keys('prod/voice/zh-2/').length;
const everything = 9;

test('everything goes after the grace, and not before', async () => {
  await bench.live(99);
  expect(bench.left).toHaveLength(everything);
  await bench.live();
  expect(bench.left).toEqual([]);
  expect(others()).toBe(1);
});

test('a restart begins the grace again', async () => {
  await bench.live(99);
  bench.restartOperator();
  await bench.live(99);
  expect(bench.left).toHaveLength(everything);
});

test('an object nobody knows stays, and so does a later attempt', async () => {
  bench.objects.seed('prod/voice/zh/notes.txt', 'mine');
  bench.objects.seed('prod/voice/zh/attempts/0003-cccccccc/steps/model_30.pt', 'later');
  await bench.live();
  expect(bench.left).toEqual(['attempts/0003-cccccccc/steps/model_30.pt', 'notes.txt']);
});

test('in a bucket that keeps old versions nothing is left of them either', async () => {
  bench.objects.capabilities = { ...bench.objects.capabilities, versioning: true };
  begin();
  bench.objects.capabilities = { ...bench.objects.capabilities, versioning: true };
  bench.seedMarker();
  bench.seedAttempts();
  bench.restartOperator();
  await bench.live();
  expect(bench.left).toEqual([]);
  expect(bench.objects.versions.below('prod/voice/zh/')).toEqual([]);
});

/** What is left after a long while. */
async function leftLater(): Promise<readonly string[]> {
  await bench.live(1000);
  return bench.left;
}

describe('nothing goes', () => {
  test('while a pod of the run is left', async () => {
    bench.applyPod();
    expect(await leftLater()).toHaveLength(everything);
    bench.cluster.storage.delete(pods, { namespace: 'voice', name: 'zh-2' }, { gracePeriodSeconds: 0 });
    await bench.live();
    expect(bench.left).toEqual([]);
  });

  // Also where no new run of the name could go on from it.
  test.each(['Running', 'Succeeded'])('while the run itself is still there and %s', async (phase) => {
    bench.applyRun();
    const uid = bench.cluster.storage.read(runs, { namespace: 'voice', name: 'zh' })?.metadata.uid ?? '';
    bench.seedMarker({ phase, runUid: uid, deletion: { runUid: uid, upToAttempt: 2, begun: false } });
    expect(await leftLater()).toHaveLength(everything);
  });

  test('while a new run of the name may still go on from it', async () => {
    bench.applyRun('zh', { suspend: true });
    expect(await leftLater()).toHaveLength(everything);
    expect(bench.marker?.deletion?.begun).toBe(false);
  });

  test('while another run is to start from it', async () => {
    bench.applyRun('en', { initializeFrom: { run: 'zh' } });
    expect(await leftLater()).toHaveLength(everything);
  });

  test.each([
    ['was taken over', { runUid: 'another' }],
    ["is another cluster's", { clusterUid: 'there' }],
  ])('when run.json %s', async (_what, change) => {
    bench.seedMarker(change);
    expect(await leftLater()).toHaveLength(everything);
  });

  test('when run.json asks for nothing', async () => {
    const { deletion: _wish, ...rest } = bench.marker ?? {};
    bench.objects.seed('prod/voice/zh/run.json', JSON.stringify(rest));
    expect(await leftLater()).toHaveLength(everything);
  });

  test('when run.json is gone, or is none of ours', async () => {
    bench.objects.seed('prod/voice/zh/run.json', 'not JSON');
    expect(await leftLater()).toHaveLength(everything);
  });

  test('in a store without conditional writes', async () => {
    bench.objects.capabilities = { ...bench.objects.capabilities, conditionalPut: false };
    bench.restartOperator();
    expect(await leftLater()).toHaveLength(everything);
  });

  test.each([
    ['whether the run is there', 'get', 'ttstrainingruns'],
    ['which pods there are', 'list', 'pods'],
    ['which runs there are', 'list', 'ttstrainingruns'],
  ])('when the API server does not tell %s', async (_what, verb, plural) => {
    bench.cluster.before = (call) => {
      if (call.verb === verb && call.plural === plural) throw refusal('Unavailable');
    };
    await bench.live(100);
    await expect(bench.live()).rejects.toThrow(ClusterError);
    expect(bench.left).toHaveLength(everything);
  });

  test('when the listing cannot be completed', async () => {
    bench.objects.pageSize = 2;
    bench.objects.faults.add({ on: 'list', midway: 'Unavailable', times: Infinity });
    await bench.live(100);
    await expect(bench.live()).rejects.toThrow(ObjectStoreError);
    expect(bench.left).toHaveLength(everything);
  });

  test('when this operator may not delete', async () => {
    bench.mayDelete = () => {
      throw new Error('another one leads');
    };
    await bench.live(100);
    await expect(bench.live()).rejects.toThrow('another one leads');
    expect(bench.left).toHaveLength(everything);
  });
});

test('a former run that succeeded goes also while a new one waits for its name', async () => {
  bench.seedMarker({ phase: 'Succeeded' });
  bench.applyRun();
  await bench.live();
  expect(bench.left).toEqual([]);
});

test('who takes the place over at the last moment keeps everything', async () => {
  await bench.live(100);
  bench.cluster.after = ({ verb, plural }) => {
    if (verb === 'list' && plural === 'pods') bench.seedMarker({ runUid: 'new-uid', highestAttempt: 3 });
  };
  await bench.live();
  expect(bench.left).toHaveLength(everything);
  expect(bench.marker?.runUid).toBe('new-uid');
});

test('what the store refuses to delete stays with run.json, and is asked for again later', async () => {
  bench.objects.faults.keeps = (key) => (key.includes('model_10') ? 'AccessDenied' : undefined);
  await bench.live();
  expect(bench.left).toEqual([
    'attempts/0001-aaaaaaaa/steps/model_10.pt',
    'attempts/0002-bbbbbbbb/steps/model_10.pt',
    'run.json',
  ]);
  bench.objects.faults.keeps = () => undefined;
  await bench.live(3700);
  expect(bench.left).toEqual([]);
});

const hows = ['stopped before', 'stopped after', 'unanswered'] as const;

test('wherever the operator is stopped, the next one finishes, and run.json went last', async () => {
  for (const how of hows) {
    for (let call = 0; ; call += 1) {
      begin();
      bench.trace.strike = { call, how };
      const seen: (readonly string[])[] = [];
      await liveThrough(seen);
      const isOver = bench.trace.strike !== undefined;
      bench.restartOperator();
      await liveThrough(seen);
      expect(bench.left).toEqual([]);
      expect(seen.every((left) => left.length === 0 || left.includes('run.json'))).toBe(true);
      expect(others()).toBe(1);
      if (isOver) break;
    }
  }
});

/** Lives on after each failure, as the loop does. */
async function liveThrough(seen: (readonly string[])[]): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await bench.live().catch(() => undefined);
    seen.push(bench.left);
  }
}

test('two operators at once do no harm to each other', async () => {
  const other = new DeletionBench();
  await bench.live(100);
  await Promise.all([bench.live(), bench.live(), other.live()]);
  await bench.live();
  expect(bench.left).toEqual([]);
  expect(others()).toBe(1);
});
