// approve --policy: what a policy asks about of runs that are gone is shown as exactly the set that its digest names, and agreed to on the policy.
import { beforeEach, expect, test } from 'vitest';
import { annotations } from '../../src/api/names.ts';
import { digestOf, digestOfPlaces } from '../../src/domain/retention/approval.ts';
import { namespaces, policies } from '../../src/ports/kinds.ts';
import { PlanBench } from '../support/plan-bench.ts';

let bench: PlanBench;

const keysOf = (run: string, ...updates: readonly number[]): string =>
  digestOf(
    new Set(updates.map((update) => `prod/voice/${run}/attempts/0001-11111111/steps/model_${update}.pt`)),
  );
/** Of what both left; of c only one goes, which is not much, and e the operator has not missed often enough yet. */
const digest = digestOfPlaces(
  new Map([
    ['main/voice/a', keysOf('a', 10, 20)],
    ['main/voice/b', keysOf('b', 10, 20, 30)],
  ]),
);

const places = ['main/voice/a', 'main/voice/b'];

const ask = (asked: string): void => {
  const orphans = { runs: 3, bytes: 6000, approval: { checkpoints: 5, digest: asked, places } };
  const status = { observedGeneration: 1, conditions: [], orphans, countedAt: '2026-11-22T12:00:00Z' };
  bench.cluster.storage.putStatus(policies, { name: 'clean' }, { status });
};

beforeEach(async () => {
  bench = new PlanBench();
  bench.cluster.storage.seed(namespaces, { metadata: { name: 'kube-system', uid: 'cluster' } });
  await bench.addGone({ run: 'a', steps: [[10, 20]] }, { days: 3 });
  await bench.addGone({ run: 'b', steps: [[10, 20, 30]] }, { days: 3 });
  await bench.addGone({ run: 'c', steps: [[10]] }, { days: 3 });
  await bench.addGone({ run: 'e', steps: [[10, 20]] }, { days: 3 });
  await bench.addGone({ namespace: 'singing', run: 'd', steps: [[10, 20]] }, { days: 3 });
  bench.addPolicy('clean', {
    selector: { namespaces: { matchLabels: { team: 'voice' } } },
    mode: 'Enforce',
    orphans: { deleteAfterSeconds: 86_400, includeRetained: true },
    approveAbove: { percent: 0, checkpoints: 1 },
  });
  ask(digest);
});

const approve = async (...args: readonly string[]) => bench.run('approve', '--policy', 'clean', ...args);
const approved = (): unknown =>
  bench.cluster.storage.read(policies, { name: 'clean' })?.metadata.annotations?.[annotations.approve];

test('is shown run by run, and agreed to on the policy', async () => {
  const { code, out, err } = await approve('--yes');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(
    new RegExp(
      `^policy clean: 5 checkpoints, 5\\.00 kB of runs that are gone, digest ${digest}\\nvoice/a, gone, in the store main\\n {2}20 .* RunGone\\n`,
    ),
  );
  expect(out).toContain('voice/b, gone, in the store main');
  expect(out).not.toMatch(/voice\/[ce]|singing\/d/);
  expect(approved()).toBe(digest);
});

test('is told to a program, and told once', async () => {
  const { out } = await approve('--yes', '-o', 'json');
  expect(JSON.parse(out)).toMatchObject([
    { policy: 'clean', changed: true, approved: true, digest, bytes: 5000 },
  ]);
  expect(JSON.parse(out)[0].checkpoints).toHaveLength(5);
  expect(JSON.parse((await approve('--yes', '-o', 'json')).out)).toMatchObject([{ changed: false }]);
});

test('is agreed to by nobody who only looks', async () => {
  expect((await approve('--dry-run')).out).toContain('Nothing was agreed to: they stay.');
  expect(approved()).toBeUndefined();
});

test('is refused where another set is seen from here', async () => {
  ask('another');
  const { code, err } = await approve('--yes');
  expect(code).toBe(1);
  expect(err).toContain('asks for the deletion of 5 checkpoints of runs that are gone (digest another)');
  expect(approved()).toBeUndefined();
});

test('is refused where it changes while it is shown', async () => {
  bench.answer = () => {
    ask('another');
    return true;
  };
  const { code, err } = await approve();
  expect(code).toBe(1);
  expect(err).toContain(`the policy clean does not ask for the set ${digest} any more`);
  expect(approved()).toBeUndefined();
});
