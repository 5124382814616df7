// What restore must hold to: what the operator knew, its own beginning, its time, and no clock but its own.
import { describe, expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import type { RestoreResult } from '../../src/wire/restore-result.ts';
import { AgentBench, checkpointKey, directory, first, never, own, second } from '../support/agent-bench.ts';
import { checkpointAt } from '../support/checkpoints.ts';

const at50 = { attempt: second, kind: 'Last', update: 50 } as const;
const at40 = { attempt: second, kind: 'Step', update: 40 } as const;

function saved(): AgentBench {
  const bench = new AgentBench({ expected: { attempt: second, update: 50 } });
  bench.seedRun();
  bench.seedAttempt(second);
  for (const place of [at50, at40]) bench.seedCheckpoint(place, checkpointAt(place.update));
  return bench;
}

describe('a checkpoint that the operator knew of', () => {
  test('and that is gone is named, and the one before is placed', async () => {
    const bench = saved();
    bench.objects.objects.delete(checkpointKey(at50));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 40 });
    expect(bench.opened()?.skipped).toEqual([
      { key: checkpointKey(at50), reason: expect.stringContaining('gone from the bucket') },
    ]);
  });

  test('and that a listing lacks though it is there: listed again, not passed over', async () => {
    const bench = saved();
    const list = bench.objects.list.bind(bench.objects);
    let listings = 0;
    bench.objects.list = async function* (prefix, signal) {
      listings += 1;
      for await (const page of list(prefix, signal))
        yield listings > 2 ? page : page.filter(({ key }) => key !== checkpointKey(at50));
    };
    expect(await restore(bench, never)).toMatchObject({ update: 50 });
    expect(listings).toBe(3);
  });

  test('and that listings lack for good: tried again by the operator, no older one taken', async () => {
    const bench = saved();
    const list = bench.objects.list.bind(bench.objects);
    bench.objects.list = async function* (prefix, signal) {
      for await (const page of list(prefix, signal))
        yield page.filter(({ key }) => key !== checkpointKey(at50));
    };
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Unavailable', reason: 'StoreUnavailable' });
    expect(result.message).toContain('is there, but was not listed');
    expect(bench.loadable()).toEqual([]);
  });

  test('is no matter once there is a newer one', async () => {
    const bench = saved();
    bench.objects.objects.delete(checkpointKey(at50));
    bench.seedCheckpoint({ ...at50, update: 60 }, checkpointAt(60));
    expect(await restore(bench, never)).toMatchObject({ update: 60 });
    expect(bench.opened()?.skipped).toEqual([]);
  });
});

test('an attempt that has saved already, its containers started again, keeps the beginning it told of', async () => {
  const bench = saved();
  await restore(bench, never);
  const before = bench.opened();
  bench.seedCheckpoint({ attempt: own, kind: 'Last', update: 60 }, checkpointAt(60));
  await bench.disk.remove(directory);
  expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 60 });
  expect(bench.opened()).toEqual(before);
  expect(bench.loadable()).toEqual(['model_last.pt']);
});

test('a store that answers and never comes to an end is given up after two hours, to be tried again', async () => {
  const bench = saved();
  bench.objects.faults.add({ on: 'download', hang: true });
  let result: RestoreResult | undefined;
  const started = bench.clock.monotonic();
  const running = restore(bench, never).then((ended) => (result = ended));
  await bench.clock.advanceUntil(() => result !== undefined, 10_000_000);
  expect(await running).toMatchObject({ outcome: 'Unavailable', reason: 'StoreUnavailable' });
  expect(result?.message).toContain('took more than 7200 s');
  expect(bench.clock.monotonic() - started).toBe(7_200_000);
  expect([bench.loadable(), bench.opened()]).toEqual([[], undefined]);
  expect(bench.disk.paths(`${directory}/.reprise/`)).toEqual([]);
});

test.each([-10 * 86_400_000, 10 * 86_400_000])(
  'a clock that is %i ms off does not change what is placed',
  async (skew) => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(second, { attempt: first, update: 20 });
    bench.seedCheckpoint({ attempt: second, kind: 'Step', update: 30 }, checkpointAt(30));
    bench.objects.skewMilliseconds = skew;
    bench.seedAttempt(first);
    bench.seedCheckpoint({ attempt: first, kind: 'Last', update: 90 }, checkpointAt(90));
    expect(await restore(bench, never)).toMatchObject({ update: 30 });
  },
);
