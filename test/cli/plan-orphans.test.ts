// plan of what runs that are gone left: as the policy that speaks of it would take it, and for a capacity; and how the operator is set, of which
// grace and approval are told.
import { beforeEach, describe, expect, test } from 'vitest';
import { namespaces, policies, stores } from '../../src/ports/kinds.ts';
import { PlanBench } from '../support/plan-bench.ts';
import type { PlanRow } from '../support/plan-row.ts';

let bench: PlanBench;

beforeEach(async () => {
  bench = new PlanBench();
  await bench.addTwoRuns();
});

async function goes(...args: readonly string[]): Promise<readonly string[]> {
  const { code, out, err } = await bench.run('plan', ...args, '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return (JSON.parse(out) as readonly PlanRow[]).flatMap(({ run, update, verdict, reasons }) =>
    verdict === 'Condemned' ? [`${run} ${update} ${reasons.join(' ')}`] : [],
  );
}

const voice = { namespaces: { matchLabels: { team: 'voice' } } };

/** The policy's status says so of its capacity. */
const tellCapacity = (reason: string): void => {
  const at = '2026-11-22T12:00:00Z';
  const condition = {
    type: 'CapacitySatisfied',
    status: 'True',
    reason,
    message: '',
    observedGeneration: 1,
  };
  const conditions = [{ ...condition, lastTransitionTime: at }];
  const status = { observedGeneration: 1, conditions, countedAt: at };
  bench.cluster.storage.putStatus(policies, { name: 'room' }, { status });
};

describe('what runs that are gone left', () => {
  const clean = {
    selector: voice,
    mode: 'Enforce',
    orphans: { deleteAfterSeconds: 86_400, includeRetained: true },
  };

  beforeEach(async () => {
    bench.cluster.storage.seed(namespaces, { metadata: { name: 'kube-system', uid: 'cluster' } });
    await bench.addGone({ run: 'left', steps: [[10, 20]] }, { days: 3 });
    await bench.addGone({ namespace: 'singing', run: 'others', steps: [[10]] }, { days: 3 });
  });

  test('is in the plan of the policy that speaks of it', async () => {
    bench.addPolicy('clean', clean);
    expect(await goes('--policy', 'clean')).toEqual([...notKept, 'left 20 RunGone', 'left 10 RunGone']);
    expect(await goes('a')).toEqual([]);
    const { out } = await bench.run('plan', '--policy', 'clean');
    expect(out).toMatch(/^voice\/left is Gone, planned for /m);
    expect(out).toMatch(/^ {2}note +The run is gone, since \S+Z as the store has it\.$/m);
    expect(out).not.toContain('others');
    const [, left = ''] = out.split('voice/left is Gone');
    expect(left).toMatch(/^ {2}by +graceSeconds 900 from the operator's flags; approveAbove/m);
  });

  test('what the policy asks about of it is told with its digest, unless something is supposed', async () => {
    bench.addPolicy('clean', clean);
    const orphans = {
      runs: 1,
      bytes: 2000,
      approval: { checkpoints: 2, digest: '3071b8af64715bf7', places: [] },
    };
    const status = { observedGeneration: 1, conditions: [], orphans, countedAt: '2026-11-22T12:00:00Z' };
    bench.cluster.storage.putStatus(policies, { name: 'clean' }, { status });
    const { out } = await bench.run('plan', '--policy', 'clean');
    expect(out).toMatch(
      /^ {2}approval +2 checkpoints of runs that are gone wait for a person's word, digest 3071b8af64715bf7: kubectl reprise approve --policy clean$/m,
    );
    expect((await bench.run('plan', '--policy', 'clean', '--at', '2027-01-01')).out).not.toContain(
      '3071b8af',
    );
  });

  test('is not looked for where the policy says nothing of it', async () => {
    bench.addPolicy('quiet', { selector: voice, mode: 'Enforce', defaults: { keepNewest: 1 } });
    bench.objects.faults.add({ on: 'scan', times: Infinity, before: 'AccessDenied' });
    expect((await bench.run('plan', '--policy', 'quiet')).err).toBe('');
  });

  test('is told as a policy of mode Audit would take it', async () => {
    bench.addPolicy('clean', { ...clean, mode: 'Audit' });
    expect(await goes('--policy', 'clean')).toEqual(notKept);
    expect((await bench.run('plan', '--policy', 'clean')).out).toMatch(
      / Keep +OrphanKept +Condemned \(RunGone\)$/m,
    );
  });

  test('takes up a capacity, and goes for it before any Step of a run', async () => {
    const orphans = { deleteAfterSeconds: 30 * 86_400, includeRetained: true };
    const capacity = { bytes: 10_000, highThresholdPercent: 100, lowThresholdPercent: 80 };
    bench.addPolicy('room', { ...clean, orphans, capacity });
    // a leaves 5, b 3 and what is gone 2 kB: no more than there is room for
    expect(await goes('--policy', 'room')).toEqual(notKept);
    bench.addPolicy('little', { ...clean, orphans, capacity: { ...capacity, bytes: 9000 } });
    bench.cluster.storage.delete(policies, { name: 'room' }, {});
    expect(await goes('--policy', 'little')).toEqual([
      'a 10 Capacity NoStepRules',
      ...notKept,
      'left 20 Capacity OrphanYoung',
      'left 10 Capacity OrphanYoung',
    ]);
    expect((await bench.run('plan', 'a')).out).toContain('the rules leave 10.0 kB');
  });

  test.each(['Evicting', 'CapacityUnsatisfiable'])(
    'an eviction that has begun goes on, as the status of its policy says: %s',
    async (reason) => {
      const capacity = { bytes: 10_000, highThresholdPercent: 100, lowThresholdPercent: 70 };
      bench.addPolicy('room', { ...clean, capacity });
      tellCapacity('WithinCapacity');
      expect(await goes('a')).toEqual([]);
      tellCapacity(reason);
      expect(await goes('a')).toEqual(['a 10 Capacity NoStepRules']);
    },
  );

  test('an audited policy has begun nothing', async () => {
    const capacity = { bytes: 10_000, highThresholdPercent: 100, lowThresholdPercent: 70 };
    bench.addPolicy('room', { ...clean, mode: 'Audit', capacity });
    tellCapacity('Evicting');
    expect((await bench.run('plan', 'a')).out).not.toContain('(Capacity');
  });

  test('is not counted twice of a run that is deleted while it is planned', async () => {
    bench.addPolicy('room', { ...clean, capacity: { bytes: 11_000 } });
    const before = await goes('--policy', 'room');
    expect(before.filter((one) => one.startsWith('a '))).toEqual([]);
    bench.deleteOnceListed('a');
    expect(await goes('--policy', 'room')).toEqual(before);
  });

  test('is said to be missing where the store cannot be read', async () => {
    bench.addPolicy('clean', clean);
    bench.objects.faults.add({ on: 'scan', times: Infinity, before: 'AccessDenied' });
    const { code, err } = await bench.run('plan', '--policy', 'clean');
    expect(code).toBe(0);
    expect(err).toMatch(/not seen: look into every store: .*what runs that are gone left/);
  });
});

/** What b has and its own rules do not keep. */
const notKept = ['b 25 NoRuleKeepsIt', 'b 20 NoRuleKeepsIt', 'b 10 NoRuleKeepsIt'];

describe('how the operator is set', () => {
  test('is read from the status of the store', async () => {
    const { out } = await bench.run('plan', 'a');
    expect(out).toContain("graceSeconds 900 from the operator's flags; approveAbove.percent 40");
    expect(out).not.toContain('supposed');
  });

  test('is supposed where no store tells it, and that is said', async () => {
    bench.cluster.storage.putStatus(stores, { name: 'main' }, { status: undefined });
    const { out } = await bench.run('plan', 'a');
    expect(out).toContain("graceSeconds 600 from the operator's defaults");
    expect(out).toMatch(/^ {2}supposed +the operator's defaults, since nothing here says how it is set/m);
  });
});
