// retry: a new value of the annotation where that starts something, and nothing at all where it would not.
import { describe, expect, test } from 'vitest';
import type { LedgerEntry, RunCondition, RunStatus } from '../../src/domain/run/status.ts';
import { CliBench } from '../support/cli-bench.ts';

const at = '2026-11-22T11:00:00Z';
const ended: LedgerEntry = { number: 2, startedAt: at, cause: 'TrainerFailed', endedAt: at };
const message = 'attempt 2: exit code 1; 3 failures without progress reach restart.maxFailures (3)';
const failed: Partial<RunStatus> = { phase: 'Failed', attempts: [ended], message };
const stalled: Partial<RunStatus> = {
  phase: 'Stalled',
  attempts: [{ ...ended, cause: 'RestoreStopped' }],
  message: 'attempt 2: NoUsableCheckpoint: put them back',
};

function benchWith(status: Partial<RunStatus>): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  return bench;
}

const retryOf = (bench: CliBench): string | undefined =>
  bench.storedRun().metadata.annotations?.['reprise.dev/retry'];

const value = '20261122T120000Z-4000';

describe('sets a new value', () => {
  test('of a run that has failed', async () => {
    const bench = benchWith(failed);
    expect(await bench.run('retry', 'xiaoyi-zh')).toEqual({
      code: 0,
      out: 'xiaoyi-zh is to be tried again, with a new failure budget.\n',
      err: '',
    });
    expect(retryOf(bench)).toBe(value);
  });

  test('of a run that is stalled, with what keeps it so', async () => {
    const bench = benchWith(stalled);
    const { code, out } = await bench.run('retry', 'xiaoyi-zh');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'xiaoyi-zh is to be looked at again; while this is so it stays Stalled: attempt 2: NoUsableCheckpoint: put them back\n',
    });
    expect(retryOf(bench)).toBe(value);
  });

  test('once the last one was acted upon', async () => {
    const bench = benchWith({ ...failed, handledRetry: 'before' });
    bench.patchRun({ metadata: { annotations: { 'reprise.dev/retry': 'before', mine: 'stays' } } });
    await bench.run('retry', 'xiaoyi-zh');
    expect(bench.storedRun().metadata.annotations).toEqual({ 'reprise.dev/retry': value, mine: 'stays' });
  });

  test('of a run whose Job the API server has refused so far', async () => {
    const bench = benchWith({ phase: 'Stalled', attempts: [{ number: 3 }, ended] });
    expect((await bench.run('retry', 'xiaoyi-zh')).code).toBe(0);
    expect(retryOf(bench)).toBe(value);
  });
});

describe('changes nothing, and says why', () => {
  test.each(['Running', 'Pending', 'Restarting', 'Restoring', 'Suspended'] as const)(
    'of a run that is %s',
    async (phase) => {
      const bench = benchWith({ phase, message: 'attempt 2 is on its way' });
      expect(await bench.run('retry', 'xiaoyi-zh')).toEqual({
        code: 0,
        out: `xiaoyi-zh has nothing to retry: it is ${phase}. attempt 2 is on its way\n`,
        err: '',
      });
      expect(retryOf(bench)).toBeUndefined();
    },
  );

  test('where it was asked for and not acted upon yet', async () => {
    const bench = benchWith(failed);
    bench.patchRun({ metadata: { annotations: { 'reprise.dev/retry': 'asked' } } });
    const { code, out } = await bench.run('retry', 'xiaoyi-zh');
    expect({ code, out }).toEqual({
      code: 0,
      out: `xiaoyi-zh was told to be tried again already, and is still Failed: ${message}\n`,
    });
    expect(retryOf(bench)).toBe('asked');
  });

  test.each<{ name: string; status: Partial<RunStatus>; says: string }>([
    { name: 'has succeeded', status: { phase: 'Succeeded' }, says: 'has succeeded, which is final' },
    {
      name: 'has reached its deadline',
      status: { ...failed, conditions: [deadlineExceeded()] },
      says: 'raise or remove spec.activeDeadlineSeconds',
    },
    {
      name: 'is stalled while its attempt lives',
      status: { phase: 'Stalled', attempts: [{ number: 2, startedAt: at }], message: 'it hangs' },
      says: 'attempt 2 of the run xiaoyi-zh lives, so that a retry would start no other: it hangs',
    },
  ])('of a run that $name, with exit code 1', async ({ status, says }) => {
    const bench = benchWith(status);
    const { code, err } = await bench.run('retry', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toContain(says);
    expect(retryOf(bench)).toBeUndefined();
  });
});

function deadlineExceeded(): RunCondition {
  const type = 'Failed';
  return { type, status: 'True', reason: 'DeadlineExceeded', message: '', lastTransitionTime: at };
}

describe('--wait', () => {
  test('ends once it trains', async () => {
    const bench = benchWith(failed);
    const running = bench.run('retry', 'xiaoyi-zh', '--wait');
    await bench.clock.advance(2000);
    bench.setStatus({
      phase: 'Restarting',
      observedRetry: value,
      handledRetry: value,
      attempts: [{ number: 3 }, ended],
    });
    await bench.clock.advance(2000);
    bench.setStatus({ phase: 'Running' });
    await bench.clock.advance(2000);
    const { code, out } = await running;
    expect({ code, out }).toEqual({ code: 0, out: 'xiaoyi-zh is training.\n' });
  });

  test('ends with the reason when it fails again', async () => {
    const bench = benchWith(failed);
    const running = bench.run('retry', 'xiaoyi-zh', '--wait');
    await bench.clock.advance(2000);
    bench.setStatus({ observedRetry: value, handledRetry: value, message: 'attempt 3: exit code 1' });
    await bench.clock.advance(2000);
    const { code, err } = await running;
    expect(code).toBe(1);
    expect(err).toContain('it is Failed: attempt 3: exit code 1');
  });

  test('believes a stall once the operator has looked at it again, however long that takes', async () => {
    const bench = benchWith(stalled);
    const running = bench.run('retry', 'xiaoyi-zh', '--wait');
    await bench.clock.advance(600_000);
    expect(bench.clock.sleeping).toBe(1);
    bench.setStatus({ observedRetry: value });
    await bench.clock.advance(2000);
    const { code, err } = await running;
    expect(code).toBe(1);
    expect(err).toContain('it is Stalled: attempt 2: NoUsableCheckpoint: put them back');
  });
});
