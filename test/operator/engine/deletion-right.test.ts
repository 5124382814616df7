// When a leader may delete: only just after a renewal, for less long than the Lease lasts, and not on a clock that stood still.
import { describe, expect, test } from 'vitest';
import type { Tenure } from '../../../src/operator/engine/tenure.ts';
import { leases } from '../../../src/ports/kinds.ts';
import type { KubeLease } from '../../../src/ports/kube-objects.ts';
import { ElectionBench, leaseName, type Replica } from '../../support/election-bench.ts';

const never = new AbortController().signal;

const renewTime = (bench: ElectionBench): string | null | undefined =>
  (bench.cluster.storage.read(leases, leaseName) as KubeLease | undefined)?.spec?.renewTime;

const tenureOf = ({ tenure }: Replica): Tenure => {
  if (tenure === undefined) throw new Error('it has never led');
  return tenure;
};

/** Two replicas, of which the first leads. */
async function started(): Promise<{ bench: ElectionBench; first: Replica }> {
  const bench = new ElectionBench();
  const first = bench.start('first');
  await bench.pass(1);
  bench.start('second');
  await bench.pass(5);
  return { bench, first };
}

describe('the right to delete', () => {
  test('lasts less long than the Lease, and only just after a renewal', async () => {
    const { bench, first } = await started();
    await bench.pass(1);
    const before = renewTime(bench);
    const allowed = tenureOf(first).mayDelete(never);
    await bench.pass(0.1);
    expect(await allowed).toBeLessThanOrEqual(10_000);
    expect(await allowed).toBeGreaterThan(9000);
    expect(renewTime(bench)).not.toBe(before);
  });

  test('is none while the Lease cannot be renewed and little time is left', async () => {
    const { bench, first } = await started();
    bench.isAway = true;
    await bench.pass(6);
    const allowed = tenureOf(first).mayDelete(never);
    await bench.pass(1);
    expect(await allowed).toBeUndefined();
    expect(first.election.isLeading()).toBe(true);
  });

  test('on a machine that was frozen with its clocks deletes nothing afterwards', async () => {
    const { bench, first } = await started();
    await bench.pass(0.5);
    const tenure = tenureOf(first);
    first.clock.stop();
    await bench.pass(30);
    first.clock.goOn(30_000);
    const allowed = tenure.mayDelete(never);
    await bench.pass(0.1);
    expect(await allowed).toBeUndefined();
    expect(tenure.lost.aborted).toBe(true);
  });
});
