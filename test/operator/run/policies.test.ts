// Policies and one run: what they add is obeyed, told or left alone as their mode says; and nothing goes while they are unknown or contradict
// each other.
import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../support/object-storage/merge-patch.ts';
import { RunBench } from '../../support/run-bench.ts';
import {
  applyPolicy,
  changePolicy,
  removePolicy,
  retentionOf,
  stepsOf,
  takeKey,
  trainTo60,
} from '../../support/run-policies.ts';

let bench: RunBench;

/** Steps 10 to 60 are saved; the grace is 30 s. */
async function trained(spec: JsonObject = {}): Promise<void> {
  bench = new RunBench(spec);
  bench.graceSeconds = 30;
  await trainTo60(bench);
}

const apply = (name: string, spec: JsonObject): void => applyPolicy(bench, name, spec);
const edit = (name: string, spec: JsonObject): void => changePolicy(bench, name, spec);
const remove = (name: string): void => removePolicy(bench, name);
const steps = (): readonly number[] => stepsOf(bench);
const retention = () => retentionOf(bench);
const all = [10, 20, 30, 40, 50, 60];
const condemned = (): readonly number[] =>
  (bench.status.checkpoints?.newest ?? [])
    .filter(({ verdict }) => verdict === 'Condemned')
    .map(({ update }) => update);
const keyOf = (update: number): string =>
  bench.objects.keys('').find((name) => name.includes(`model_${update}`)) ?? '';
const newestOne = { keepNewest: 1, minAgeSeconds: 0 };

describe('the mode', () => {
  beforeEach(async () => trained());

  test('Enforce: the defaults go for a run that declares nothing, after the grace', async () => {
    apply('voice', { mode: 'Enforce', defaults: newestOne });
    await bench.live(1);
    expect(condemned()).toEqual([40, 30, 20, 10]);
    expect(bench.status.retention).toMatchObject({
      policies: ['voice'],
      graceSeconds: 30,
      condemned: { checkpoints: 4, bytes: 400 },
      nextDeletionTime: expect.any(String),
    });
    await bench.live(25);
    expect(steps()).toEqual(all);
    await bench.live(10);
    expect(steps()).toEqual([50, 60]);
    expect(bench.status.retention).toMatchObject({ condemned: { checkpoints: 0, bytes: 0 } });
    expect(bench.status.retention?.nextDeletionTime).toBeUndefined();
  });

  test('Audit: what would go is told, for each and in sum, and nothing goes', async () => {
    apply('voice', { mode: 'Audit', defaults: newestOne });
    await bench.live(60);
    expect([steps(), condemned()]).toEqual([all, []]);
    expect(bench.status.retention).toMatchObject({ audit: { checkpoints: 4, bytes: 400 } });
    const audited = bench.status.checkpoints?.newest.filter(({ audit }) => audit === 'Condemned');
    expect(audited?.map(({ update, verdict }) => [update, verdict])).toEqual(
      [40, 30, 20, 10].map((update) => [update, 'Keep']),
    );
    edit('voice', { mode: 'Enforce' });
    await bench.live(35);
    expect(steps()).toEqual([50, 60]);
    expect(bench.status.retention?.audit).toBeUndefined();
  });

  test('Off: as if there were none', async () => {
    apply('voice', { mode: 'Off', defaults: newestOne });
    await bench.live(60);
    expect([steps(), bench.status.retention?.audit, bench.status.retention?.policies]).toEqual([
      all,
      undefined,
      undefined,
    ]);
  });

  test('one that selects other runs says nothing', async () => {
    const selector = { namespaces: { matchLabels: { tts: 'false' } } };
    apply('voice', { mode: 'Enforce', selector, defaults: newestOne });
    await bench.live(60);
    expect(steps()).toEqual(all);
  });
});

describe('of the run and its policies', () => {
  test('a floor beats the rules of the run, though the policy is only audited', async () => {
    await trained({ retention: newestOne });
    apply('voice', { floor: { keepNewest: 4 } });
    await bench.live(40);
    expect(steps()).toEqual([30, 40, 50, 60]);
  });

  test('a ceiling beats the rules of the run', async () => {
    await trained({ retention: { keepNewest: 10, minAgeSeconds: 0 } });
    apply('voice', { mode: 'Enforce', ceiling: { maxCheckpointsPerRun: 3 } });
    await bench.live(40);
    expect(steps()).toHaveLength(3);
    expect(steps()).toContain(60);
  });

  test('the rules of the run beat the defaults of a policy', async () => {
    await trained({ retention: { keepNewest: 5, minAgeSeconds: 0 } });
    apply('voice', { mode: 'Enforce', defaults: newestOne });
    await bench.live(40);
    expect(steps()).toEqual([20, 30, 40, 50, 60]);
  });

  test('a policy makes the grace longer, never shorter', async () => {
    await trained({ retention: newestOne });
    apply('long', { graceSeconds: 100 });
    apply('short', { graceSeconds: 1 });
    await bench.live(90);
    expect(steps()).toEqual(all);
    await bench.live(20);
    expect(steps()).toEqual([50, 60]);
  });

  describe('and a capacity that takes', () => {
    beforeEach(async () => {
      await trained();
      apply('voice', { mode: 'Enforce', capacity: { bytes: '1Ki' } });
      await bench.settled();
    });

    test('what is taken goes after the grace', async () => {
      takeKey(bench, keyOf(20));
      await bench.live(1);
      expect(condemned()).toEqual([20]);
      await bench.live(35);
      expect(steps()).toEqual([10, 30, 40, 50, 60]);
    });

    test('nothing is, once its policy is changed', async () => {
      takeKey(bench, keyOf(20));
      edit('voice', { capacity: { bytes: '1Gi' } });
      await bench.live(1);
      expect(condemned()).toEqual([]);
    });

    test('nothing is, once there is no such policy', async () => {
      takeKey(bench, keyOf(20));
      remove('voice');
      await bench.live(1);
      expect(condemned()).toEqual([]);
    });

    test('once another policy comes what was taken stays condemned, and goes when it is taken anew', async () => {
      takeKey(bench, keyOf(20));
      await bench.live(1);
      apply('other', { floor: { keepNewest: 1 } });
      await bench.live(60);
      expect([steps(), condemned()]).toEqual([all, [20]]);
      expect(bench.status.retention?.nextDeletionTime).toBeUndefined();
      takeKey(bench, keyOf(20));
      await bench.live(2);
      expect(steps()).toEqual([10, 30, 40, 50, 60]);
    });

    test('meanwhile what no rule keeps goes all the same', async () => {
      bench.change({ spec: { retention: { keepNewest: 5, minAgeSeconds: 0 } } });
      takeKey(bench, keyOf(30));
      apply('other', { floor: { keepNewest: 1 } });
      await bench.live(60);
      expect([steps(), condemned()]).toEqual([[20, 30, 40, 50, 60], [30]]);
    });
  });
});

describe('two policies with defaults', () => {
  beforeEach(async () => trained());

  test('stop the run, by name and with the cure, until one of them gives way', async () => {
    apply('a', { mode: 'Enforce', defaults: newestOne });
    apply('b', { mode: 'Enforce', defaults: { ...newestOne, keepNewest: 2 } });
    await bench.live(60);
    expect(steps()).toEqual(all);
    expect(retention()).toMatchObject({ status: 'False', reason: 'PolicyConflict' });
    expect(retention()?.message).toContain('CheckpointRetentionPolicies a and b');
    expect(bench.events.map(({ reason }) => reason)).toContain('PolicyConflict');
    remove('b');
    await bench.live(35);
    expect(steps()).toEqual([50, 60]);
  });
});

describe('a policy that is not understood', () => {
  beforeEach(async () => trained({ retention: newestOne }));

  test('stops what it may select, until it is corrected', async () => {
    apply('newer', { mode: 'Enforce', floor: { keepBest: 3 } });
    await bench.live(60);
    expect([steps(), condemned()]).toEqual([all, []]);
    expect(retention()).toMatchObject({ status: 'False', reason: 'PolicyNotUnderstood' });
    expect(retention()?.message).toContain('spec.floor.keepBest');
    edit('newer', { floor: { keepBest: null, keepNewest: 2 } });
    await bench.live(35);
    expect(steps()).toEqual([50, 60]);
  });

  test('leaves what it surely does not select', async () => {
    apply('newer', { selector: { runs: { matchLabels: { tier: 'gold' } } }, floor: { keepBest: 3 } });
    await bench.live(35);
    expect(steps()).toEqual([50, 60]);
  });
});

test('an operator that has not read the policies yet deletes nothing', async () => {
  await trained({ retention: newestOne });
  await bench.live(20);
  bench.isPolicyWatchDeaf = true;
  bench.restartOperator();
  await bench.live(60);
  expect(steps()).toEqual(all);
  expect(retention()).toMatchObject({ status: 'False', reason: 'Stopped' });
});
