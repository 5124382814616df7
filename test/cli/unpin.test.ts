// unpin, of a run that is there and of one that is gone, whose pins stand in the bucket alone.
import { beforeEach, describe, expect, test } from 'vitest';
import { runs, stores } from '../../src/ports/kinds.ts';
import { pinDocument } from '../../src/wire/pin-document.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { prefix } from '../support/agent-bench.ts';
import type { CliBench } from '../support/cli-bench.ts';
import { benchWithRewoundRun } from '../support/rewound-run.ts';

let bench: CliBench;

beforeEach(() => void (bench = benchWithRewoundRun()));

const pins = (): unknown => bench.storedRun().spec?.['pins'];
const pin = async (...args: readonly string[]) => bench.run('pin', ...args);
const because = ['--reason', 'demo voice'] as const;

describe('unpin', () => {
  test('takes every pin of the update away, and no other', async () => {
    const other = { update: 50, attempt: 2 };
    bench.patchRun({
      spec: { pins: [{ update: 40, attempt: 0 }, other, { update: 40, attempt: 1, reason: 'demo' }] },
    });
    expect(await bench.run('unpin', 'xiaoyi-zh@40')).toEqual({
      code: 0,
      out: "xiaoyi-zh@40 is unpinned: of the lineage's attempt; of attempt 1 (demo). What no rule keeps goes after the grace time.\n",
      err: '',
    });
    expect(pins()).toEqual([other]);
  });

  test('of one attempt, told to a program', async () => {
    bench.patchRun({
      spec: {
        pins: [
          { update: 40, attempt: 0 },
          { update: 40, attempt: 1 },
        ],
      },
    });
    const { out } = await bench.run('unpin', 'xiaoyi-zh@40', '--attempt', '1', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      update: 40,
      removed: [{ attempt: 1, reason: null, heldBy: 'Spec' }],
    });
    expect(pins()).toEqual([{ update: 40, attempt: 0 }]);
  });

  test('what is not pinned is refused, with what is', async () => {
    bench.patchRun({ spec: { pins: [{ update: 50, attempt: 2 }] } });
    const { code, err } = await bench.run('unpin', 'xiaoyi-zh@40');
    expect(code).toBe(1);
    expect(err).toContain('no pin holds update 40 of the run voice/xiaoyi-zh: pinned are 50 of attempt 2');
  });

  test('without a way into the bucket the spec is unpinned all the same', async () => {
    bench.ambient = 'AccessDenied';
    bench.agents = 'AccessDenied';
    bench.patchRun({ spec: { pins: [{ update: 40, attempt: 1 }] } });
    const { code, err } = await bench.run('unpin', 'xiaoyi-zh@40');
    expect([code, pins()]).toEqual([0, []]);
    expect(err).toContain('could not be looked at');
  });
});

const marker = (deletion?: object): void => {
  const found = new TextDecoder().decode(bench.objects.objects.get(`${prefix}run.json`)?.bytes);
  const { runUid, ...rest } = runDocument.parse(found, 'run.json');
  bench.objects.seed(
    `${prefix}run.json`,
    JSON.stringify({ ...rest, runUid, ...(deletion === undefined ? {} : { deletion }) }),
  );
};

describe('of a run that is gone', () => {
  const key = `${prefix}pins/0001-40.json`;
  const document = () => {
    const object = bench.objects.objects.get(key);
    return pinDocument.parse(new TextDecoder().decode(object?.bytes), key);
  };
  beforeEach(() => {
    marker();
    bench.deleteRun();
  });

  test('a pin is written into the bucket, kept since when it was, and ended without a right to delete', async () => {
    bench.objects.faults.keeps = () => 'AccessDenied';
    expect(bench.cluster.storage.list(runs, {})).toEqual([]);
    const { code, out } = await pin('xiaoyi-zh@40', ...because);
    expect([code, out]).toEqual([
      0,
      'xiaoyi-zh@40 of attempt 1 (Step, 1.00 kB) is pinned, in the bucket, for the run is gone: demo voice.\n',
    ]);
    const { since, ...rest } = document();
    expect(rest).toMatchObject({
      attempt: 1,
      update: 40,
      reason: 'demo voice',
      until: null,
      keys: [expect.stringContaining('model_40.pt')],
    });
    await bench.clock.advance(60_000);
    await pin('xiaoyi-zh@40', '--reason', 'another');
    expect(document()).toMatchObject({ since, reason: 'another' });
    const ended = await bench.run('unpin', 'xiaoyi-zh@40');
    expect(ended.out).toContain('of attempt 1, in the bucket (another)');
    expect(document().until).toBeLessThanOrEqual(bench.clock.now());
    expect((await bench.run('unpin', 'xiaoyi-zh@40')).err).toContain('it has no pins');
  });

  test('a pin comes too late once the deletion has begun, and in time beside what pins keep', async () => {
    marker({ runUid: 'u', upToAttempt: 2, begun: true });
    expect((await pin('xiaoyi-zh@40', ...because)).err).toContain('too late for a pin');
    marker({ runUid: 'u', upToAttempt: 2, begun: true, finished: true });
    expect(await pin('xiaoyi-zh@40', ...because)).toMatchObject({ code: 0 });
  });

  test('a deletion that begins while it is pinned is told', async () => {
    bench.objects.faults.add({ on: 'head', delayMilliseconds: 1000 });
    const ended = pin('xiaoyi-zh@40', ...because);
    await bench.clock.advance(500);
    marker({ runUid: 'u', upToAttempt: 2, begun: true });
    await bench.clock.advance(1000);
    expect((await ended).err).toContain('too late for a pin');
  });

  test('a pin that cannot be read can be ended, one of a newer layout cannot', async () => {
    bench.objects.seed(key, 'not JSON');
    expect(await bench.run('unpin', 'xiaoyi-zh@40')).toMatchObject({ code: 0 });
    expect(document().until).not.toBeNull();
    bench.objects.seed(key, JSON.stringify({ version: 2 }));
    expect((await bench.run('unpin', 'xiaoyi-zh@40')).err).toContain('layout version 2');
  });

  test('of several stores without a default one, one must be named', async () => {
    const [store] = bench.cluster.storage.list(stores, {});
    bench.cluster.storage.seed(stores, { ...store, metadata: { name: 'other' } });
    expect((await pin('xiaoyi-zh@40', ...because)).err).toContain('name it with --store');
    expect(await pin('xiaoyi-zh@40', ...because, '--store', 'main')).toMatchObject({ code: 0 });
    expect((await pin('xiaoyi-zh@40', ...because, '--store', 'none')).err).toContain(
      'no CheckpointStore "none"',
    );
  });

  test('a run made anew is bound by it until it is unpinned', async () => {
    await pin('xiaoyi-zh@40', ...because);
    bench.seedRun();
    const ended = await bench.run('unpin', 'xiaoyi-zh@40', '-o', 'json');
    expect(JSON.parse(ended.out)).toMatchObject({ removed: [{ attempt: 1, heldBy: 'Bucket' }] });
  });
});
