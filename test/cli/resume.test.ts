// resume: lets go of spec.suspend and nothing else, and says from where the run goes on.
import { describe, expect, test } from 'vitest';
import type { LedgerEntry, RunStatus } from '../../src/domain/run/status.ts';
import { CliBench } from '../support/cli-bench.ts';

const at = '2026-11-22T11:00:00Z';
const alive: LedgerEntry = { number: 2, startedAt: at };
const ended: LedgerEntry = { ...alive, cause: 'Suspended', endedAt: at };
const resumePoint = { key: 'k', attempt: 2, update: 410, kind: 'Last', sizeBytes: 1, savedAt: at } as const;

const suspended: Partial<RunStatus> = { phase: 'Suspended', attempts: [ended], resumePoint };

function suspendedBench(status: Partial<RunStatus> = suspended, spec: object = {}): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  bench.patchRun({ spec: { suspend: true, suspendMode: 'Now', ...spec } });
  bench.setStatus({});
  return bench;
}

test('asks for it, says from where it goes on, and leaves suspendMode', async () => {
  const bench = suspendedBench();
  expect(await bench.run('resume', 'xiaoyi-zh')).toEqual({
    code: 0,
    out: 'xiaoyi-zh is to go on: the next attempt starts from update 410, or a newer one that is saved by then.\n',
    err: '',
  });
  expect(bench.storedRun().spec).toMatchObject({ suspend: false, suspendMode: 'Now' });
});

const full = Array.from({ length: 20 }, (_, index): LedgerEntry => ({ ...ended, number: 20 - index }));
const rollback = { update: 40, attempt: 0, id: 'a' };

test.each<{ name: string; status: Partial<RunStatus>; spec?: object; says: string }>([
  {
    name: 'its attempt was not ended yet',
    status: { phase: 'Running', attempts: [alive] },
    says: 'attempt 2 was not ended yet',
  },
  {
    name: 'its attempt is ending',
    status: { ...suspended, attempts: [{ ...alive, cause: 'Suspended' }] },
    says: 'the next attempt starts from update 410, or a newer one that is saved by then once attempt 2 has saved what it has',
  },
  {
    name: 'nothing is saved',
    status: { ...suspended, resumePoint: undefined },
    says: 'the next attempt starts from scratch',
  },
  {
    name: 'nothing is saved, and it is to start from another run',
    status: { ...suspended, resumePoint: undefined },
    spec: { initializeFrom: { run: 'base' } },
    says: 'the next attempt starts from what initializeFrom names',
  },
  {
    name: 'a rollback is pending',
    status: suspended,
    spec: { rollback },
    says: 'the next attempt starts from update 40, as rollback "a" asks',
  },
  {
    name: 'a rollback to nothing is pending',
    status: suspended,
    spec: { rollback: { ...rollback, update: 0 } },
    says: 'the next attempt starts from scratch, as rollback "a" asks',
  },
  {
    name: 'the rollback was carried out',
    status: { ...suspended, attempts: [{ ...ended, rollback: 'a' }] },
    spec: { rollback },
    says: 'the next attempt starts from update 410, or a newer one that is saved by then',
  },
  {
    name: 'the ledger cannot tell whether the rollback was carried out',
    status: { ...suspended, attempts: full },
    spec: { rollback },
    says: 'the next attempt starts from where the bucket says',
  },
])('says what follows where $name', async ({ status, spec, says }) => {
  const { out } = await suspendedBench(status, spec).run('resume', 'xiaoyi-zh');
  expect(out).toBe(`xiaoyi-zh is to go on: ${says}.\n`);
});

test('changes nothing of a run that is not suspended, and says so', async () => {
  const bench = suspendedBench({ phase: 'Running', attempts: [alive] }, { suspend: false });
  const before = bench.storedRun();
  const { code, out } = await bench.run('resume', 'xiaoyi-zh');
  expect({ code, out }).toEqual({
    code: 0,
    out: 'xiaoyi-zh is not suspended: there is nothing to resume. attempt 2 is running\n',
  });
  expect(bench.storedRun()).toEqual(before);
});

test.each([
  { name: 'has succeeded', says: 'the run voice/xiaoyi-zh has succeeded, which is final' },
  { name: 'is being deleted', says: 'the run voice/xiaoyi-zh is being deleted since 2026-11-22T12:00:00Z' },
])('refuses a run that $name', async ({ name, says }) => {
  const bench = suspendedBench(name === 'has succeeded' ? { phase: 'Succeeded' } : suspended);
  if (name === 'is being deleted') {
    bench.patchRun({ metadata: { finalizers: ['reprise.dev/test'] } });
    bench.deleteRun();
  }
  const { code, err } = await bench.run('resume', 'xiaoyi-zh');
  expect(code).toBe(1);
  expect(err).toContain(says);
  expect(bench.storedRun().spec).toMatchObject({ suspend: true });
});

describe('--wait', () => {
  test('ends once it trains', async () => {
    const bench = suspendedBench();
    const running = bench.run('resume', 'xiaoyi-zh', '--wait', '-o', 'json');
    await bench.clock.advance(1000);
    bench.setStatus({ phase: 'Restoring', attempts: [{ ...alive, number: 3 }, ended] });
    await bench.clock.advance(4000);
    bench.setStatus({ phase: 'Running', message: 'attempt 3 trains' });
    await bench.clock.advance(2000);
    const { code, out } = await running;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ changed: true, phase: 'Running', message: 'attempt 3 trains' });
  });

  test.each(['Stalled', 'Failed', 'Suspended'] as const)(
    'ends with the reason where it is %s',
    async (phase) => {
      const bench = suspendedBench();
      const running = bench.run('resume', 'xiaoyi-zh', '--wait');
      await bench.clock.advance(1000);
      bench.setStatus({ phase, message: 'the bucket cannot be listed' });
      await bench.clock.advance(2000);
      const { code, err } = await running;
      expect(code).toBe(1);
      expect(err).toContain(
        `error: the run voice/xiaoyi-zh is not training, and will not be by itself: it is ${phase}: the bucket cannot be listed`,
      );
    },
  );
});
