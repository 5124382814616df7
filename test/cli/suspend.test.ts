// suspend: what is asked of the API server in every case, and what is said of it.
import { describe, expect, test } from 'vitest';
import type { LedgerEntry, RunStatus } from '../../src/domain/run/status.ts';
import { CliBench } from '../support/cli-bench.ts';

const at = '2026-11-22T11:00:00Z';
const alive: LedgerEntry = { number: 2, startedAt: at };
const ending: LedgerEntry = { ...alive, cause: 'Suspended' };
const ended: LedgerEntry = { ...ending, endedAt: at };

const training: Partial<RunStatus> = {
  phase: 'Running',
  attempts: [alive],
  progress: { update: 410, unsavedUpdates: 60, observedAt: at },
};

function benchWith(status: Partial<RunStatus>, spec: object = {}): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  bench.patchRun({ spec });
  bench.setStatus({});
  return bench;
}

const suspendOf = (bench: CliBench): unknown => {
  const { suspend, suspendMode } = bench.storedRun().spec ?? {};
  return { suspend, suspendMode };
};

describe('asks', () => {
  test('for the end after the next save, and says until when at the latest', async () => {
    const bench = benchWith(training);
    const ended = await bench.run('suspend', 'xiaoyi-zh');
    expect(ended).toEqual({
      code: 0,
      out: 'xiaoyi-zh is to be suspended: attempt 2 is ended after its next save, at the latest at 2026-11-22T13:00:00Z (spec.suspendDeadlineSeconds: 3600); at once if it has trained for less than 30 s.\n',
      err: '',
    });
    expect(suspendOf(bench)).toEqual({ suspend: true, suspendMode: 'AfterNextSave' });
  });

  test('for the end now, and says what that costs', async () => {
    const bench = benchWith(training);
    const { code, out } = await bench.run('suspend', 'xiaoyi-zh', '--now');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'xiaoyi-zh is to be suspended: attempt 2 is ended at once, and what it has on disk is saved; of the 60 updates that were not saved when last seen, those after its newest file are trained again.\n',
    });
    expect(suspendOf(bench)).toEqual({ suspend: true, suspendMode: 'Now' });
  });

  test.each([
    {
      name: 'the operator has not looked yet',
      status: { phase: 'Pending', attempts: [] },
      says: 'no attempt runs, and none is made until it is resumed',
    },
    {
      name: 'it restores',
      status: { phase: 'Restoring', attempts: [alive] },
      says: 'attempt 2 does not train, and is ended at once',
    },
    {
      name: 'the attempt ends for another reason',
      status: { phase: 'Restarting', attempts: [{ ...alive, cause: 'Evicted' }] },
      says: 'attempt 2 ends already, and no other is made until it is resumed',
    },
    {
      name: 'it has failed',
      status: { phase: 'Failed', attempts: [ended] },
      says: 'no attempt runs, and none is made until it is resumed',
    },
  ] satisfies readonly { name: string; status: Partial<RunStatus>; says: string }[])(
    'where $name, and says so',
    async ({ status, says }) => {
      const bench = benchWith(status);
      const { out } = await bench.run('suspend', 'xiaoyi-zh');
      expect(out).toBe(`xiaoyi-zh is to be suspended: ${says}.\n`);
      expect(suspendOf(bench)).toMatchObject({ suspend: true });
    },
  );

  test('by fixed fields, for programs', async () => {
    const bench = benchWith(training);
    const { out } = await bench.run('suspend', 'xiaoyi-zh', '-o', 'json');
    expect(JSON.parse(out)).toEqual({
      namespace: 'voice',
      run: 'xiaoyi-zh',
      changed: true,
      next: expect.stringMatching(/^xiaoyi-zh is to be suspended: attempt 2 /) as string,
      phase: 'Running',
      message: 'attempt 2 is running',
    });
  });
});

describe('asked again', () => {
  test('it changes nothing, and says how far it is', async () => {
    const bench = benchWith(
      { ...training, suspendRequestedAt: '2026-11-22T11:30:00Z' },
      { suspend: true, suspendMode: 'AfterNextSave' },
    );
    const before = bench.storedRun();
    const { code, out } = await bench.run('suspend', 'xiaoyi-zh');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'xiaoyi-zh is being suspended already: attempt 2 is ended after its next save, at the latest at 2026-11-22T12:30:00Z (spec.suspendDeadlineSeconds: 3600); at once if it has trained for less than 30 s.\n',
    });
    expect(bench.storedRun()).toEqual(before);
  });

  test('--now hastens it', async () => {
    const bench = benchWith(training, { suspend: true, suspendMode: 'AfterNextSave' });
    await bench.run('suspend', 'xiaoyi-zh', '--now');
    expect(suspendOf(bench)).toEqual({ suspend: true, suspendMode: 'Now' });
  });

  test('without --now it does not slow one that is to happen now', async () => {
    const bench = benchWith(training, { suspend: true, suspendMode: 'Now' });
    await bench.run('suspend', 'xiaoyi-zh');
    expect(suspendOf(bench)).toEqual({ suspend: true, suspendMode: 'Now' });
  });

  test('one that stands still is said to', async () => {
    const bench = benchWith({ phase: 'Suspended', attempts: [ended] }, { suspend: true });
    const { code, out } = await bench.run('suspend', 'xiaoyi-zh', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ changed: false, next: 'xiaoyi-zh is suspended already.' });
  });
});

describe('refuses', () => {
  test('a run that has succeeded', async () => {
    const bench = benchWith({ phase: 'Succeeded', attempts: [ended] });
    const { code, err } = await bench.run('suspend', 'xiaoyi-zh');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: the run voice/xiaoyi-zh has succeeded, which is final: there is nothing to suspend; kubectl reprise fork xiaoyi-zh NEW --from UPDATE starts another run from one of its checkpoints\n',
    });
    expect(suspendOf(bench)).toEqual({});
  });

  test('an update: it is about the run', async () => {
    const { code, err } = await benchWith(training).run('suspend', 'xiaoyi-zh@40');
    expect(code).toBe(2);
    expect(err).toContain('"xiaoyi-zh@40" names an update: this is about the whole run, so write xiaoyi-zh');
  });

  test('a run that is not there, by name and namespace', async () => {
    const { code, err } = await new CliBench().run('suspend', 'xiaoyi-zh', '-n', 'singing');
    expect(code).toBe(1);
    expect(err).toContain('there is no TTSTrainingRun "xiaoyi-zh" in namespace "singing"');
  });

  test.each(['--timeout', '--wait --timeout'])('a duration without its unit: %s', async (options) => {
    const { code, err } = await benchWith(training).run('suspend', 'xiaoyi-zh', ...options.split(' '), '10');
    expect(code).toBe(2);
    expect(err).toMatch(/--timeout is how long --wait waits|write a duration such as 90s, 10m or 1h30m/);
  });
});
