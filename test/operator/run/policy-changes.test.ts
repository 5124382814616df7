// A policy changes while checkpoints wait for their end: in the grace it judges anew and rescues, and between the judgement and the first
// delete it stops that delete.
import { beforeEach, describe, expect, test } from 'vitest';
import { namespaces } from '../../../src/ports/kinds.ts';
import { refusal } from '../../support/fake-cluster.ts';
import type { JsonObject } from '../../support/object-storage/merge-patch.ts';
import { RunBench } from '../../support/run-bench.ts';
import {
  applyPolicy,
  changePolicy,
  removePolicy,
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
const all = [10, 20, 30, 40, 50, 60];
const condemned = (): readonly number[] =>
  (bench.status.checkpoints?.newest ?? [])
    .filter(({ verdict }) => verdict === 'Condemned')
    .map(({ update }) => update);
const newestOne = { keepNewest: 1, minAgeSeconds: 0 };

describe('a change in the grace rescues', () => {
  beforeEach(async () => {
    await trained();
    apply('voice', { mode: 'Enforce', defaults: newestOne });
    await bench.live(20);
  });

  test('that is not made does not', async () => {
    expect(condemned()).toEqual([40, 30, 20, 10]);
    await bench.live(15);
    expect(steps()).toEqual([50, 60]);
  });

  test.each<{ name: string; change: () => void; stay: readonly number[] }>([
    { name: 'the policy is removed', change: () => remove('voice'), stay: all },
    { name: 'it only audits', change: () => edit('voice', { mode: 'Audit' }), stay: all },
    { name: 'it is Off', change: () => edit('voice', { mode: 'Off' }), stay: all },
    {
      name: 'its selector narrows',
      change: () => edit('voice', { selector: { runs: { matchLabels: { tier: 'silver' } } } }),
      stay: all,
    },
    {
      name: 'it keeps more',
      change: () => edit('voice', { defaults: { keepNewest: 4 } }),
      stay: [30, 40, 50, 60],
    },
    {
      name: 'another policy has a floor',
      change: () => apply('floor', { floor: { keepNewest: 3 } }),
      stay: [40, 50, 60],
    },
    {
      name: 'the run declares its own rules',
      change: () => bench.change({ spec: { retention: { keepNewest: 6, minAgeSeconds: 0 } } }),
      stay: all,
    },
  ])('$name', async ({ change, stay }) => {
    change();
    await bench.live(60);
    expect(steps()).toEqual(stay);
  });

  test('and condemned again, it waits for the whole grace again', async () => {
    edit('voice', { mode: 'Audit' });
    await bench.live(2);
    edit('voice', { mode: 'Enforce' });
    await bench.live(25);
    expect(steps()).toEqual(all);
    await bench.live(10);
    expect(steps()).toEqual([50, 60]);
  });
});

describe('before the first delete everything is asked for once more', () => {
  beforeEach(async () => {
    await trained();
    apply('voice', { mode: 'Enforce', defaults: newestOne });
    await bench.live(1);
    await bench.clock.advance(31_000);
  });

  test('and unchanged, the checkpoints go', async () => {
    await bench.pass();
    expect(steps()).toEqual([50, 60]);
  });

  test.each<{ name: string; change: () => void }>([
    { name: 'a policy was edited', change: () => edit('voice', { floor: { keepNewest: 6 } }) },
    { name: 'a policy came', change: () => apply('floor', { floor: { keepNewest: 6 } }) },
    { name: 'a policy went', change: () => remove('voice') },
    { name: "the run's labels changed", change: () => bench.change({ metadata: { labels: { a: 'b' } } }) },
    {
      name: 'what the run approves of changed',
      change: () => bench.change({ metadata: { annotations: { 'reprise.dev/approve': 'x' } } }),
    },
    {
      name: 'the run is being deleted',
      change: () => {
        bench.change({ metadata: { finalizers: ['held'] } });
        bench.deleteRun();
      },
    },
    {
      name: "the namespace's labels changed",
      change: () =>
        void bench.cluster.storage.patch(namespaces, { name: 'voice' }, { metadata: { labels: { a: 'b' } } }),
    },
    {
      name: 'what capacity takes changed',
      change: () => takeKey(bench, 'a key'),
    },
  ])('$name: nothing goes', async ({ change }) => {
    let isChanged = false;
    bench.cluster.before = ({ verb, plural }) => {
      if (isChanged || verb !== 'get' || plural !== 'ttstrainingruns') return;
      isChanged = true;
      change();
    };
    await bench.pass();
    expect([isChanged, steps()]).toEqual([true, all]);
  });

  test.each([
    { verb: 'list', plural: 'checkpointretentionpolicies' },
    { verb: 'get', plural: 'namespaces' },
  ])('the API server does not answer to $verb $plural: nothing goes', async (asked) => {
    bench.cluster.before = ({ verb, plural }) => {
      if (verb === asked.verb && plural === asked.plural) throw refusal('Unavailable');
    };
    await expect(bench.pass()).rejects.toMatchObject({ code: 'Unavailable' });
    expect(steps()).toEqual(all);
  });
});
