// plan over the cluster and the bucket: what the operator would rule, for a run and for all that a policy selects; under supposed rules
// and at another time; and to whom something may not be shown.
import { beforeEach, describe, expect, test } from 'vitest';
import { runs } from '../../src/ports/kinds.ts';
import { emptyStatus } from '../support/cli-bench.ts';
import { refusal } from '../support/fake-cluster.ts';
import { PlanBench } from '../support/plan-bench.ts';
import type { PlanRow } from '../support/plan-row.ts';

let bench: PlanBench;

beforeEach(async () => {
  bench = new PlanBench();
  await bench.addTwoRuns();
  await bench.addRun({ namespace: 'singing', run: 'c', steps: [[10, 20, 30, 40]] });
});

async function goes(...args: readonly string[]): Promise<readonly string[]> {
  const { code, out, err } = await bench.run('plan', ...args, '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return (JSON.parse(out) as readonly PlanRow[]).flatMap(({ run, update, verdict, reasons }) =>
    verdict === 'Condemned' ? [`${run} ${update} ${reasons.join(' ')}`] : [],
  );
}

const write = (text: string): void => bench.write('policy.yaml', new TextEncoder().encode(text));

const voice = { namespaces: { matchLabels: { team: 'voice' } } };
const defaults = { keepNewest: 1, minAgeSeconds: 0 };

describe('a run', () => {
  test('by its own rules, with what was left behind', async () => {
    expect(await goes('a')).toEqual([]);
    expect(await goes('b')).toEqual(['b 25 NoRuleKeepsIt', 'b 20 NoRuleKeepsIt', 'b 10 NoRuleKeepsIt']);
    expect(await goes('b', '--at', '2027-12-01')).toEqual([
      'b 25 NoRuleKeepsIt',
      'b 20 NoRuleKeepsIt',
      'b 10 NoRuleKeepsIt',
      'b 30 NoRuleKeepsIt Abandoned',
    ]);
  });

  test('by the policies that select it, each value with its origin', async () => {
    bench.addPolicy('voice-defaults', { selector: voice, mode: 'Enforce', defaults });
    expect(await goes('a')).toEqual(['a 30 NoRuleKeepsIt', 'a 20 NoRuleKeepsIt', 'a 10 NoRuleKeepsIt']);
    expect(await goes('c', '-n', 'singing')).toEqual([]);
    const { out } = await bench.run('plan', 'a');
    expect(out).toMatch(/^voice\/a is Running, planned for /);
    expect(out).toMatch(/^ {2}bytes +5\.00 kB before, 2\.00 kB after: 3 checkpoints \(3\.00 kB\) of 5 go$/m);
    expect(out).toMatch(/^ {2}by +.*keepNewest 1 from policy voice-defaults; /m);
  });

  test('what a policy of mode Audit would take is told beside it', async () => {
    bench.addPolicy('voice-defaults', { selector: voice, defaults });
    expect(await goes('a')).toEqual([]);
    const { out } = await bench.run('plan', 'a');
    expect(out).toMatch(/^ {2}10 .* Keep +NoStepRules +Condemned \(NoRuleKeepsIt\)$/m);
    expect(out).toMatch(
      /^ {2}audit +policies of mode Audit would take 3 checkpoints \(3\.00 kB\) more, if they were enforced$/m,
    );
  });

  test('under supposed rules, and with a policy in place of the one of its name', async () => {
    write('retention: {keepNewest: 4}');
    expect(await goes('a', '--with', 'policy.yaml')).toEqual(['a 10 NoRuleKeepsIt']);
    bench.addPolicy('capped', { selector: voice, mode: 'Enforce', ceiling: { maxCheckpointsPerRun: 2 } });
    expect(await goes('a')).toHaveLength(3);
    write(
      'apiVersion: reprise.dev/v1alpha1\nkind: CheckpointRetentionPolicy\nmetadata: {name: capped}\nspec: {selector: {}, ceiling: {maxCheckpointsPerRun: 4}}\n',
    );
    expect(await goes('a', '--with', 'policy.yaml')).toEqual(['a 10 MaxCheckpoints NoStepRules']);
  });

  test('a capacity that it shares is weighed over all who share it', async () => {
    const capacity = { bytes: 7000, highThresholdPercent: 100, lowThresholdPercent: 100 };
    bench.addPolicy('room', { selector: voice, mode: 'Enforce', capacity });
    // the rules leave a 5 and b 3 kB: one has to go, of the run that holds most
    expect(await goes('a')).toHaveLength(1);
    const { out } = await bench.run('plan', 'a');
    expect(out).toMatch(
      /^ {2}capacity +policy room has room for 7\.00 kB; the rules leave 8\.00 kB; 1 checkpoints go for it/m,
    );
    expect(out).not.toContain('voice/b');
  });

  test('that asks a person to agree says so, with the digest, unless other rules are supposed', async () => {
    const amount = { checkpoints: 3, bytes: 3000 };
    const retention = {
      kept: amount,
      condemned: amount,
      approval: { ...amount, digest: '3071b8af64715bf7' },
    };
    bench.cluster.storage.putStatus(
      runs,
      { namespace: 'voice', name: 'b' },
      { status: { ...emptyStatus, retention } },
    );
    const asks =
      "3 checkpoints (3.00 kB) wait for a person's word, digest 3071b8af64715bf7: kubectl reprise approve -n voice b";
    expect((await bench.run('plan', 'b')).out).toContain(asks);
    expect((await bench.run('plan', 'b', '--at', '2027-12-01')).out).not.toContain('3071b8af64715bf7');
  });

  test('that other policies contradict each other about is stopped, and it is said why', async () => {
    bench.addPolicy('one', { selector: voice, mode: 'Enforce', defaults });
    bench.addPolicy('two', { selector: {}, mode: 'Enforce', defaults });
    const { code, out, err } = await bench.run('plan', 'a', '-o', 'json');
    expect(code).toBe(0);
    expect((JSON.parse(out) as readonly PlanRow[]).map(({ reasons }) => reasons)).toEqual(
      Array.from({ length: 5 }, () => ['Stopped']),
    );
    expect(err).toMatch(
      /^voice\/a: nothing of it is deleted: the CheckpointRetentionPolicies one and two all set defaults/,
    );
    expect((await bench.run('plan', 'a')).out).toMatch(
      /^ {2}stopped +nothing of it is deleted: the Checkpoint/m,
    );
  });

  test('that another waits to start from: what that one names is locked', async () => {
    await bench.addRun({ run: 'd', spec: { initializeFrom: { run: 'b', update: 10 } }, steps: [] });
    expect(await goes('b')).toEqual(['b 25 NoRuleKeepsIt', 'b 20 NoRuleKeepsIt']);
  });
});

describe('a policy', () => {
  test('speaks for every run that it selects, in every namespace', async () => {
    bench.addPolicy('all', { selector: {}, mode: 'Enforce', defaults });
    expect(await goes('--policy', 'all')).toEqual([
      'c 20 NoRuleKeepsIt',
      'c 10 NoRuleKeepsIt',
      'a 30 NoRuleKeepsIt',
      'a 20 NoRuleKeepsIt',
      'a 10 NoRuleKeepsIt',
      'b 25 NoRuleKeepsIt',
      'b 20 NoRuleKeepsIt',
      'b 10 NoRuleKeepsIt',
    ]);
    const { out } = await bench.run('plan', '--policy', 'all');
    expect(out).toMatch(
      /^ {2}total +15\.0 kB before, 7\.00 kB after: 8 checkpoints \(8\.00 kB\) of 15 go \(3 runs\)$/m,
    );
  });

  test('may be a supposed one', async () => {
    write(
      'apiVersion: reprise.dev/v1alpha1\nkind: CheckpointRetentionPolicy\nmetadata: {name: music}\nspec: {selector: {namespaces: {matchLabels: {team: music}}}, ceiling: {maxCheckpointsPerRun: 3}}\n',
    );
    expect(await goes('--policy', 'music', '--with', 'policy.yaml')).toEqual([
      'c 10 MaxCheckpoints NoStepRules',
    ]);
  });

  test.each([
    {
      name: 'none',
      mode: undefined,
      says: /there is no CheckpointRetentionPolicy "none": kubectl get ckrp lists them/,
    },
    { name: 'off', mode: 'Off', says: /the policy off is Off, so that it selects no run/ },
    { name: 'odd', mode: 'Sometimes', says: /the policy odd is not understood by this version: spec\.mode/ },
  ])('that is $name is refused', async ({ name, mode, says }) => {
    if (mode !== undefined) bench.addPolicy(name, { selector: {}, mode });
    const { code, out, err } = await bench.run('plan', '--policy', name);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(says);
  });
});

const forbid = (verb: string, plural: string): void => {
  bench.cluster.before = async (call) => {
    if (call.verb === verb && call.plural === plural) throw refusal('Forbidden', `${plural} is forbidden`);
  };
};

describe('a user who may not', () => {
  test.each([
    {
      verb: 'list',
      plural: 'checkpointretentionpolicies',
      says: /not seen: list checkpointretentionpolicies.*what policies add/,
    },
    { verb: 'list', plural: 'pods', says: /not seen: list pods: .*what the run does now/ },
    {
      verb: 'list',
      plural: 'ttstrainingruns',
      says: /not seen: list ttstrainingruns.*which other runs share a capacity, or wait/,
    },
    { verb: 'get', plural: 'namespaces', says: /not seen: get namespaces: .*which policies select/ },
  ])('$verb $plural is told so, and what it hides', async ({ verb, plural, says }) => {
    forbid(verb, plural);
    const { code, err } = await bench.run('plan', 'b', '-o', 'json');
    expect(code).toBe(0);
    expect(err).toMatch(says);
  });

  test('list all runs cannot plan for a policy', async () => {
    bench.addPolicy('all', { selector: {}, mode: 'Enforce' });
    forbid('list', 'ttstrainingruns');
    const { code, err } = await bench.run('plan', '--policy', 'all');
    expect(code).toBe(1);
    expect(err).toMatch(/you may not list the TTSTrainingRuns of every namespace/);
  });

  test('open the bucket is told so, and sees no plan', async () => {
    bench.ambient = 'AccessDenied';
    bench.agents = 'AccessDenied';
    const { code, out, err } = await bench.run('plan', 'b', '-o', 'json');
    expect({ code, out }).toEqual({ code: 0, out: '[]\n' });
    expect(err).toMatch(/voice\/b: nothing of it is deleted: the bucket cannot be read from here/);
  });
});

test.each([[[]], [['a', '--policy', 'x']], [['a', '--inventory', 'x.json']], [['a@10']]])(
  'what to plan for has to be said once: %s',
  async (args) => {
    expect((await bench.run('plan', ...args)).code).toBe(2);
  },
);
