// One election at a time: who takes the Lease and when, what a leader does that cannot renew it, and what is left at the end.
import { describe, expect, test } from 'vitest';
import { OverdueError } from '../../../src/operator/engine/election.ts';
import { NotLeadingError, type Tenure } from '../../../src/operator/engine/tenure.ts';
import { leases } from '../../../src/ports/kinds.ts';
import type { KubeLease } from '../../../src/ports/kube-objects.ts';
import { ElectionBench, leaseName, type Replica } from '../../support/election-bench.ts';

const spec = (bench: ElectionBench): KubeLease['spec'] =>
  (bench.cluster.storage.read(leases, leaseName) as KubeLease | undefined)?.spec;

const never = new AbortController().signal;

const tenureOf = ({ tenure }: Replica): Tenure => {
  if (tenure === undefined) throw new Error('it has never led');
  return tenure;
};

/** Two replicas, of which the first leads. */
async function started(): Promise<{ bench: ElectionBench; first: Replica; second: Replica }> {
  const bench = new ElectionBench();
  const first = bench.start('first');
  await bench.pass(1);
  const second = bench.start('second');
  await bench.pass(5);
  return { bench, first, second };
}

describe('who leads', () => {
  test('an absent Lease is taken at the first look, by one of them', async () => {
    const bench = new ElectionBench();
    bench.start('first');
    bench.start('second');
    await bench.pass(0.1);
    expect(bench.leaders).toHaveLength(1);
    expect(spec(bench)).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(spec(bench)?.renewTime).toMatch(/\.\d{6}Z$/);
  });

  test('a released Lease is taken at the first look', async () => {
    const bench = new ElectionBench();
    const first = bench.start('first');
    await bench.pass(4);
    first.terminate();
    await bench.pass(1);
    bench.start('second');
    await bench.pass(0.1);
    expect(spec(bench)?.holderIdentity).toBe('second');
  });

  test('a leader that ends in good order is followed at the next look, and the count of transitions goes on', async () => {
    const { bench, first } = await started();
    first.terminate();
    await bench.pass(0.1);
    expect(first.end).toBe('ended');
    expect(spec(bench)).not.toHaveProperty('holderIdentity');
    await bench.pass(2.5);
    expect(bench.leaders).toContain('second');
    expect(spec(bench)).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  test('a leader that is killed is followed when its time is over, not before', async () => {
    const { bench, first } = await started();
    first.kill();
    await bench.pass(11);
    expect(bench.leaders).toEqual([]);
    await bench.pass(5);
    expect(bench.leaders).toEqual(['second']);
    expect(bench.reigns.at(-1)?.accession.former).toBe('first');
  });

  test('a leader whose clock is an hour slow or fast is left alone', async () => {
    const { bench, first, second } = await started();
    for (const hours of [1, -2]) {
      first.clock.stepWall(hours * 3_600_000);
      second.clock.stepWall(-hours * 3_600_000);
      await bench.pass(60);
      expect(bench.leaders).toEqual(['first']);
    }
    expect(bench.reigns).toHaveLength(1);
  });

  test('a Lease that somebody deletes is its leader’s all the same', async () => {
    const { bench } = await started();
    bench.cluster.storage.delete(leases, leaseName, {});
    await bench.pass(30);
    expect(bench.leaders).toEqual(['first']);
    expect(bench.reigns).toHaveLength(1);
    expect(spec(bench)?.holderIdentity).toBe('first');
  });

  test('a Lease that somebody deleted while its leader was stopped is taken when the leader’s time is over', async () => {
    const { bench, first } = await started();
    first.clock.stop();
    bench.cluster.storage.delete(leases, leaseName, {});
    await bench.pass(9);
    expect(bench.leaders).toEqual([]);
    await bench.pass(7);
    expect(bench.leaders).toEqual(['second']);
    first.clock.goOn();
    await bench.pass(5);
    expect(bench.overlaps).toEqual([]);
  });
});

describe('a leader', () => {
  test('that cannot renew acts for ten seconds after the last renewal was sent, and leads again when it can', async () => {
    const { bench, first } = await started();
    bench.isAway = true;
    await bench.pass(7.5);
    expect(bench.leaders).toEqual(['first']);
    await bench.pass(4);
    expect(bench.leaders).toEqual([]);
    expect(tenureOf(first).lost.reason).toBeInstanceOf(NotLeadingError);
    expect(first.log.messages('warn')).toContain('this replica does not lead any more');
    bench.isAway = false;
    await bench.pass(20);
    expect(bench.leaders).toHaveLength(1);
    expect(bench.overlaps).toEqual([]);
  });

  test('counts from when a renewal was sent, not from its answer', async () => {
    const { bench, first } = await started();
    first.journey = () => ({ there: 1, back: 4500 });
    await bench.pass(4);
    first.journey = () => ({ there: Infinity, back: 0 });
    const last = Date.parse(spec(bench)?.renewTime ?? '');
    await bench.pass(last + 10_500 - bench.clock.now() > 0 ? (last + 10_500 - bench.clock.now()) / 1000 : 0);
    expect(bench.reigns[0]?.to).toBeLessThanOrEqual(last - Date.UTC(2026, 10, 22, 12) + 10_000);
    expect(first.election.isLeading()).toBe(false);
  });

  test('whose renewal hangs is over in time all the same', async () => {
    const { bench, first } = await started();
    first.journey = () => ({ there: Infinity, back: 0 });
    await bench.pass(12);
    expect(bench.leaders).toEqual([]);
    expect(bench.overlaps).toEqual([]);
  });

  test('that was stopped for half a minute does nothing when it goes on', async () => {
    const { bench, first } = await started();
    const tenure = tenureOf(first);
    first.clock.stop();
    await bench.pass(30);
    expect(bench.leaders).toEqual(['second']);
    const writes = spec(bench)?.leaseTransitions;
    first.clock.goOn();
    // Before any timer of it had its turn.
    expect(() => tenure.assertLeading()).toThrow(NotLeadingError);
    expect(await tenure.mayDelete(never)).toBeUndefined();
    await bench.pass(20);
    expect(bench.leaders).toEqual(['second']);
    expect(spec(bench)).toMatchObject({ holderIdentity: 'second', leaseTransitions: writes });
    expect(bench.overlaps).toEqual([]);
  });

  test('whose Lease another took ends at once', async () => {
    const { bench, first } = await started();
    const patch = { spec: { holderIdentity: 'a stranger', leaseDurationSeconds: 15 } };
    bench.cluster.storage.patch(leases, leaseName, patch);
    await bench.pass(2.1);
    expect(first.election.isLeading()).toBe(false);
    expect(String(tenureOf(first).lost.reason)).toContain('held by a stranger');
  });

  test('whose answer was lost goes on leading', async () => {
    const { bench, first } = await started();
    first.journey = () => ({ there: 1, back: Infinity });
    await bench.pass(4);
    first.journey = () => ({ there: 1, back: 1 });
    await bench.pass(60);
    expect(bench.reigns).toHaveLength(1);
    expect(bench.leaders).toEqual(['first']);
  });

  test('whose first answer came too late does not begin to lead on it', async () => {
    const bench = new ElectionBench();
    const late = bench.start('late');
    late.journey = () => ({ there: 1, back: 3000 });
    await bench.pass(2);
    late.clock.stop();
    await bench.pass(30);
    late.journey = () => ({ there: 1, back: 1 });
    late.clock.goOn();
    await bench.pass(5);
    expect(bench.leaders).toEqual(['late']);
    expect(late.log.messages('info')).toEqual(['this replica leads']);
  });

  test('whose work does not end after it lost the Lease ends the process', async () => {
    const bench = new ElectionBench();
    const stuck = bench.start('stuck', { lead: async () => new Promise(() => undefined) });
    await bench.pass(3);
    bench.isAway = true;
    await bench.pass(30);
    expect(stuck.end).toBeInstanceOf(OverdueError);
  });

  test('that fails releases the Lease and says why', async () => {
    const bench = new ElectionBench();
    const broken = bench.start('broken', {
      lead: async () => {
        throw new Error('a bug');
      },
    });
    await bench.pass(1);
    expect(broken.end).toMatchObject({ message: 'a bug' });
    expect(spec(bench)).not.toHaveProperty('holderIdentity');
  });
});

test('a standby asks for the Lease once in two seconds, and a leader writes it as often', async () => {
  const { bench, first } = await started();
  const before = bench.cluster.calls.length;
  await bench.pass(60);
  const calls = bench.cluster.calls.slice(before);
  const count = (verb: string): number => calls.filter((call) => call.verb === verb).length;
  expect(count('patch')).toBeGreaterThanOrEqual(28);
  expect(count('patch')).toBeLessThanOrEqual(31);
  expect(count('get')).toBeGreaterThanOrEqual(28);
  expect(count('get')).toBeLessThanOrEqual(31);
  expect(first.election.illness(5000)).toBeUndefined();
});

test('a replica that cannot reach the Lease says so, and is ill after a while', async () => {
  const bench = new ElectionBench();
  bench.isAway = true;
  const lost = bench.start('lost');
  await bench.pass(200);
  expect(lost.log.messages('warn')).toContain('the Lease can be neither read nor taken');
  expect(lost.log.messages('warn').length).toBeLessThan(5);
  expect(lost.election.illness(180_000)).toContain(
    'nothing was heard of Lease reprise-system/reprise-operator',
  );
});
