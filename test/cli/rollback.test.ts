// rollback: what it would leave behind is told before, what it asks for is what the operator acts upon, and what cannot be is
// refused with what there is.
import { describe, expect, test } from 'vitest';
import type { LedgerEntry, RunStatus } from '../../src/domain/run/status.ts';
import { first, second } from '../support/agent-bench.ts';
import { CliBench } from '../support/cli-bench.ts';

const bytes = new Uint8Array(1000);
const at = '2026-11-22T11:00:00Z';
const alive: LedgerEntry = { number: 3, startedAt: at };
const training: Partial<RunStatus> = {
  phase: 'Running',
  attempts: [alive],
  progress: { update: 95, observedAt: at },
};

/** Attempt 1 saved 40 and 60, attempt 2 went back to 40 and saved 50 and 80. */
function benchWith(status: Partial<RunStatus> = training, spec: object = {}): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  bench.patchRun({ spec });
  bench.bucket.seedAttempt(first);
  bench.bucket.seedAttempt(second, { attempt: first, update: 40 }, 'old');
  for (const update of [40, 60]) bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update }, bytes);
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Step', update: 50 }, bytes);
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Last', update: 80 }, bytes);
  return bench;
}

const id = '20261122T120000Z-4000';
const askedOf = (bench: CliBench): unknown => bench.storedRun().spec?.['rollback'];

describe('asks', () => {
  test('to go back to an update, and says first what that leaves behind', async () => {
    const bench = benchWith();
    await bench.clock.advance(3 * 3_600_000);
    const id = '20261122T150000Z-4000';
    expect(await bench.run('rollback', 'xiaoyi-zh', '--to', '40')).toEqual({
      code: 0,
      out: `xiaoyi-zh goes back to update 40 of attempt 1 (Step, 1.00 kB, saved 3h0m ago)
  left behind  55 updates; in the bucket, as long as retention keeps them: update 80, 50 of attempt 2
  now          attempt 3 is ended; what it still saves on its way out is left behind as well
  then         the next attempt starts from update 40
xiaoyi-zh is told to, by rollback "${id}".
`,
      err: '',
    });
    expect(askedOf(bench)).toEqual({ update: 40, attempt: 0, id });
  });

  test('to go back to what was abandoned, by its attempt', async () => {
    const bench = benchWith();
    const { code, out } = await bench.run('rollback', 'xiaoyi-zh', '--to', '60', '--attempt', '1');
    expect(code).toBe(0);
    expect(out).toContain('  comes back   update 60 of attempt 1\n');
    expect(askedOf(bench)).toEqual({ update: 60, attempt: 1, id });
  });

  test.each(['scratch', '0'])('to start anew: --to %s', async (to) => {
    const bench = benchWith();
    const { code, out } = await bench.run('rollback', 'xiaoyi-zh', '--to', to);
    expect(code).toBe(0);
    expect(out).toMatch(/^xiaoyi-zh starts anew, from nothing\n {2}left behind {2}95 updates; /);
    expect(askedOf(bench)).toEqual({ update: 0, attempt: 0, id });
  });

  test('under an id that was never used', async () => {
    const bench = benchWith({ ...training, attempts: [{ ...alive, rollback: '20261122T120000Z-4001' }] });
    bench.patchRun({ spec: { rollback: { update: 30, attempt: 0, id } } });
    await bench.run('rollback', 'xiaoyi-zh', '--to', '40');
    expect(askedOf(bench)).toMatchObject({ id: '20261122T120000Z-4002' });
  });

  test('instead of another that was not carried out yet, and says so', async () => {
    const bench = benchWith(training, { rollback: { update: 0, attempt: 0, id: 'mine' } });
    const { out } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40');
    expect(out).toContain('replaces     rollback "mine" (to scratch), which was not carried out yet\n');
    expect(askedOf(bench)).toEqual({ update: 40, attempt: 0, id });
  });

  test('again, once the last was carried out', async () => {
    const bench = benchWith(training, { rollback: { update: 40, attempt: 0, id: 'old' } });
    const { out } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ changed: true, replaces: null });
    expect(askedOf(bench)).toEqual({ update: 40, attempt: 0, id });
  });

  test.each<{ name: string; status: Partial<RunStatus>; spec?: object; says: string }>([
    {
      name: 'is suspended',
      status: { phase: 'Suspended' },
      spec: { suspend: true },
      says: 'then         the next attempt starts from update 40 once the run is resumed: it is suspended',
    },
    {
      name: 'has failed',
      status: { phase: 'Failed' },
      says: 'then         the next attempt starts from update 40, with a new failure budget: the run is no longer Failed',
    },
    {
      name: 'has failed for its deadline',
      status: {
        phase: 'Failed',
        conditions: [
          { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: '', lastTransitionTime: at },
        ],
      },
      says: 'then         the next attempt starts from update 40 once spec.activeDeadlineSeconds is raised or removed',
    },
    {
      name: 'restores',
      status: { phase: 'Restoring', attempts: [alive] },
      says: 'now          attempt 3 has not begun to train, and is ended',
    },
    {
      name: 'loses its attempt just now',
      status: { phase: 'Restarting', attempts: [{ ...alive, cause: 'Evicted' }] },
      says: 'now          attempt 3 ends already; what it still saves is left behind as well',
    },
  ])('of a run that $name, and says what that means', async ({ status, spec, says }) => {
    const bench = benchWith(status, spec);
    const { code, out } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40');
    expect(code).toBe(0);
    expect(out).toContain(says);
    expect(askedOf(bench)).toMatchObject({ update: 40 });
  });

  test('with fixed fields, for programs', async () => {
    const { out } = await benchWith().run('rollback', 'xiaoyi-zh', '--to', '40', '-o', 'json');
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(Object.keys(report).join(' ')).toBe(
      'namespace run changed dryRun rollback replaces target leftBehind comesBack now next',
    );
    expect(report).toMatchObject({
      changed: true,
      dryRun: false,
      rollback: { update: 40, attempt: 0, id },
      target: { update: 40, attempt: 1, kind: 'Step', sizeBytes: 1000 },
      leftBehind: { updates: 55, checkpoints: [{ update: 80 }, { update: 50 }] },
      comesBack: [],
    });
  });
});

describe('changes nothing', () => {
  test('with --dry-run, and tells the same', async () => {
    const bench = benchWith();
    const before = bench.storedRun();
    const { code, out } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40', '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/left behind {2}55 updates[^]*\nxiaoyi-zh was not changed \(--dry-run\)\.\n$/);
    expect(bench.storedRun()).toEqual(before);
    expect(bench.cluster.calls.filter(({ verb }) => verb === 'patch')).toEqual([]);
  });

  test('where the same is asked for already', async () => {
    const bench = benchWith(training, { rollback: { update: 40, attempt: 0, id: 'mine' } });
    const { code, out } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40');
    expect(code).toBe(0);
    expect(out).toMatch(
      /\nxiaoyi-zh was told to already, by rollback "mine", which is still to be carried out\.\n$/,
    );
    expect(askedOf(bench)).toEqual({ update: 40, attempt: 0, id: 'mine' });
  });

  test('in the bucket, ever', async () => {
    const bench = benchWith();
    const before = new Map(bench.objects.objects);
    await bench.run('rollback', 'xiaoyi-zh', '--to', 'scratch');
    expect(bench.objects.objects).toEqual(before);
  });
});
