// approve: shows exactly the set that the operator asks about, agrees to it only by a person's word, and never to another one.
import { beforeEach, describe, expect, test } from 'vitest';
import { annotations } from '../../src/api/names.ts';
import { digestOf } from '../../src/domain/retention/approval.ts';
import { policies, runs, stores } from '../../src/ports/kinds.ts';
import { first, prefix } from '../support/agent-bench.ts';
import { CliBench } from '../support/cli-bench.ts';
import { refusal } from '../support/fake-cluster.ts';

let bench: CliBench;

const keyOf = (update: number): string => `${prefix}attempts/0001-11111111/steps/model_${update}.pt`;
const digest = digestOf(new Set([10, 20, 30].map(keyOf)));

const asking = (asked: string) => ({
  retention: {
    policies: ['team'],
    kept: { checkpoints: 2, bytes: 2000 },
    condemned: { checkpoints: 3, bytes: 3000 },
    approval: { digest: asked, checkpoints: 3, bytes: 3000 },
  },
});

beforeEach(() => {
  bench = new CliBench();
  bench.cluster.storage.patch(stores, { name: 'main' }, { spec: { allowedNamespaces: {} } });
  const lastTransitionTime = '2026-11-22T11:00:00Z';
  const available = { type: 'Available', status: 'True', reason: 'Probed', message: '', lastTransitionTime };
  const status = { observedGeneration: 1, conditions: [available] };
  bench.cluster.storage.putStatus(stores, { name: 'main' }, { status });
  bench.seedRun(asking(digest));
  bench.patchRun({ spec: { store: 'main', retention: { keepNewest: 1, minAgeSeconds: 0 } } });
  bench.bucket.seedAttempt(first);
  for (const update of [10, 20, 30, 40])
    bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update }, new Uint8Array(1000));
  bench.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 45 }, new Uint8Array(1000));
});

const approved = (): unknown => bench.storedRun().metadata.annotations?.[annotations.approve];
const approve = async (...args: readonly string[]) => bench.run('approve', ...args);

describe('a run that asks', () => {
  test('is shown with its set and the reasons, and is told once a person agrees', async () => {
    bench.answer = () => true;
    expect(await approve('xiaoyi-zh')).toEqual({
      code: 0,
      out: `voice/xiaoyi-zh: 3 checkpoints, 3.00 kB, digest ${digest}
  30  attempt 0001-11111111  Step  1.00 kB  saved 0s ago  NoRuleKeepsIt
  20  attempt 0001-11111111  Step  1.00 kB  saved 0s ago  NoRuleKeepsIt
  10  attempt 0001-11111111  Step  1.00 kB  saved 0s ago  NoRuleKeepsIt
Agreed: they go once they have been condemned for the grace time.
`,
      err: '',
    });
    expect(approved()).toBe(digest);
  });

  test('is told nothing when a person says no, or only looks', async () => {
    bench.answer = () => false;
    expect((await approve('xiaoyi-zh')).out).toContain('Nothing was agreed to: they stay.');
    expect((await approve('xiaoyi-zh', '--dry-run')).out).toContain(digest);
    expect(approved()).toBeUndefined();
  });

  test('is told to a program, and told once', async () => {
    const { out } = await approve('xiaoyi-zh', digest, '--yes', '-o', 'json');
    const want = { namespace: 'voice', run: 'xiaoyi-zh', changed: true, approved: true, digest, bytes: 3000 };
    expect(JSON.parse(out)).toMatchObject([want]);
    expect(
      (JSON.parse(out) as [{ checkpoints: [{ key: string }] }])[0].checkpoints.map(({ key }) => key),
    ).toEqual([30, 20, 10].map(keyOf));
    const again = await approve('xiaoyi-zh', '--yes', '-o', 'json');
    expect(JSON.parse(again.out)).toMatchObject([{ changed: false, approved: true }]);
  });

  test('is found by the policy that selects it', async () => {
    expect((await approve('--policy', 'other', '--yes')).out).toBe('Nothing waits for approval.\n');
    expect(await approve('--policy', 'team', '--yes')).toMatchObject({ code: 0 });
    expect(approved()).toBe(digest);
  });
});

describe('where some were let through before', () => {
  const part = digestOf(new Set([10, 20].map(keyOf)));

  beforeEach(() => {
    const { retention } = asking(part);
    bench.setStatus({
      retention: { ...retention, approval: { digest: part, checkpoints: 2, bytes: 2000 } },
    });
  });

  test('all that is condemned is shown, and agreed to', async () => {
    const { code, out } = await approve('xiaoyi-zh', '--yes');
    expect(code).toBe(0);
    expect(out).toContain(`voice/xiaoyi-zh: 3 checkpoints, 3.00 kB, digest ${digest}
  2 of them wait for a word (digest ${part}); 1 were let through before, and go without
  30  attempt`);
    expect(approved()).toBe(digest);
  });

  test.each([
    { name: 'what it asks for', wanted: part },
    { name: 'all that is condemned', wanted: digest },
  ])('by the digest of $name', async ({ wanted }) => {
    const { out } = await approve('xiaoyi-zh', wanted, '--yes', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject([{ changed: true, digest, asked: part, waiting: 2 }]);
    expect(approved()).toBe(digest);
  });

  test('another digest is refused', async () => {
    const { code, err } = await approve('xiaoyi-zh', 'stale', '--yes');
    expect(code).toBe(1);
    expect(err).toContain(`does not ask for the set stale any more: it asks for another one, ${part}`);
    expect(approved()).toBeUndefined();
  });
});

test("what a policy's capacity takes is in the set, planned over all who share it", async () => {
  const capacity = { bytes: '3000', highThresholdPercent: 100, lowThresholdPercent: 100 };
  const spec = { selector: {}, mode: 'Enforce', capacity };
  bench.cluster.storage.seed(policies, { metadata: { name: 'team' }, spec });
  bench.patchRun({ spec: { retention: { keepNewest: 9 } } });
  const taken = digestOf(new Set([10, 30].map(keyOf)));
  const { retention } = asking(taken);
  bench.setStatus({ retention: { ...retention, approval: { digest: taken, checkpoints: 2, bytes: 2000 } } });
  expect(await approve('xiaoyi-zh', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/30 .* Capacity, KeepNewest\n.* 10 .* Capacity, KeepNewest\n/) as string,
  });
  expect(approved()).toBe(taken);
});

describe('refused is', () => {
  test('a digest that the run does not ask for', async () => {
    const { code, err } = await approve('xiaoyi-zh', 'stale', '--yes');
    expect(code).toBe(1);
    expect(err).toContain(`does not ask for the set stale any more: it asks for another one, ${digest}`);
  });

  test('a set that changes while it is shown', async () => {
    bench.answer = () => {
      bench.setStatus(asking('another'));
      return true;
    };
    expect(await approve('xiaoyi-zh')).toMatchObject({
      code: 1,
      err: expect.stringContaining('another one, another') as string,
    });
    expect(approved()).toBeUndefined();
  });

  test('a set that cannot be shown', async () => {
    bench.setStatus(asking('of-others'));
    const { code, err } = await approve('xiaoyi-zh', '--yes');
    expect(code).toBe(1);
    expect(err).toContain('it cannot be shown which: 3 are condemned as seen from here');
    expect(approved()).toBeUndefined();
  });

  test('a set by policies that cannot be seen', async () => {
    bench.cluster.before = ({ plural }) => {
      if (plural === policies.plural) throw refusal('Forbidden');
    };
    expect((await approve('xiaoyi-zh', '--yes')).err).toContain('the policies cannot be seen');
  });

  test('a bucket that cannot be opened', async () => {
    bench.ambient = 'AccessDenied';
    bench.agents = 'AccessDenied';
    expect((await approve('xiaoyi-zh', '--yes')).err).toContain('cannot be told from here');
  });

  test.each([
    { args: ['xiaoyi-zh'], words: 'there is no terminal to ask on' },
    { args: ['xiaoyi-zh', '-o', 'json'], words: '-o json asks nothing' },
    { args: ['xiaoyi-zh', '--policy', 'team', '--yes'], words: 'write the name of one run' },
    { args: ['--yes'], words: 'write the name of one run' },
  ])('$args', async ({ args, words }) => {
    const { code, err } = await approve(...args);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});

test('a run that asks for nothing has nothing to approve', async () => {
  bench.cluster.storage.putStatus(
    runs,
    { namespace: 'voice', name: 'xiaoyi-zh' },
    { status: { ...bench.storedRun().status, retention: undefined } },
  );
  expect(await approve('xiaoyi-zh', '--yes')).toMatchObject({
    code: 0,
    out: 'Nothing waits for approval.\n',
  });
});
