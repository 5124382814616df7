// Restore for a rollback: exactly the update that was asked for or no start at all, and attempt.json tells which it was.
import { beforeEach, describe, expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import {
  AgentBench,
  checkpointKey,
  directory,
  first,
  never,
  prefix,
  second,
} from '../support/agent-bench.ts';
import { checkpointAt, flipped } from '../support/checkpoints.ts';

const lastPath = `${directory}/model_last.pt`;

describe('a rollback', () => {
  let bench: AgentBench;

  beforeEach(() => {
    bench = new AgentBench({
      rollback: { update: 40, attempt: 0, id: 'a' },
      expected: { attempt: second, update: 40 },
    });
    bench.seedRun();
    bench.seedAttempt(second);
    for (const update of [60, 40])
      bench.seedCheckpoint({ attempt: second, kind: 'Last', update }, checkpointAt(update));
  });

  test('places exactly the update it asks for, and says which rollback it was', async () => {
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 40 });
    expect(bench.loadable()).toEqual(['model_last.pt']);
    expect(bench.opened()).toMatchObject({ rollback: 'a', resumedFrom: { attempt: second, update: 40 } });
  });

  test('to nothing leaves nothing loadable, and says which rollback it was', async () => {
    const scratch = new AgentBench({ rollback: { update: 0, attempt: 0, id: 'a' } }, bench);
    expect(await restore(scratch, never)).toMatchObject({ outcome: 'Scratch' });
    expect(scratch.loadable()).toEqual([]);
    expect(scratch.opened()).toMatchObject({ rollback: 'a', resumedFrom: null });
  });

  test('to a checkpoint that cannot be used stops: no other update is quietly taken', async () => {
    bench.objects.damage(checkpointKey({ attempt: second, kind: 'Last', update: 40 }), flipped);
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Stopped', reason: 'NoUsableCheckpoint' });
    expect(result.message).toMatch(/rollback "a" asks for .*with a new id/);
    expect(bench.loadable()).toEqual([]);
    expect(bench.opened()).toBeUndefined();
  });

  test('that was carried out meanwhile is not carried out again', async () => {
    bench.seedAttempt({ number: 2, pod: '33333333' }, { attempt: second, update: 40 }, 'a');
    bench.objects.objects.delete(`${prefix}attempts/0002-33333333/attempt.json`);
    bench.seedAttempt(first, undefined, 'a');
    expect(await restore(bench, never)).toMatchObject({ update: 60 });
    expect(bench.opened()).toMatchObject({ rollback: null });
  });

  test('is remembered when restore runs once more in the pod and finds its file gone bad', async () => {
    await restore(bench, never);
    await bench.disk.remove(lastPath);
    bench.seedCheckpoint({ attempt: second, kind: 'Step', update: 30 }, checkpointAt(30));
    bench.objects.damage(checkpointKey({ attempt: second, kind: 'Last', update: 40 }), flipped);
    const again = new AgentBench(bench.config.environment, bench);
    expect(await restore(again, never)).toMatchObject({ update: 30 });
    expect(again.opened()).toMatchObject({ rollback: 'a', resumedFrom: { update: 30 } });
  });
});

test('an attempt.json of before rollbacks is read as one that carried none out', () => {
  const bench = new AgentBench();
  bench.seedAttempt(second);
  const key = `${prefix}attempts/0002-22222222/attempt.json`;
  const text = new TextDecoder().decode(bench.objects.objects.get(key)?.bytes);
  const old = JSON.stringify({ ...JSON.parse(text), rollback: undefined, initializedFrom: undefined });
  expect(attemptDocument.parse(old, key)).toMatchObject({ rollback: null, initializedFrom: null });
});
