// explain of a run that is gone: what it left is judged by the rule of the sweep, with when it would go and what only the operator knows.
import { beforeEach, expect, test } from 'vitest';
import { namespaces } from '../../src/ports/kinds.ts';
import { formatTime } from '../../src/domain/time.ts';
import { missedListingsNeeded } from '../../src/domain/retention/orphans.ts';
import { refusal } from '../support/fake-cluster.ts';
import { PlanBench } from '../support/plan-bench.ts';

let bench: PlanBench;

const day = 86_400_000;

beforeEach(async () => {
  bench = new PlanBench();
  bench.cluster.storage.seed(namespaces, { metadata: { name: 'kube-system', uid: 'cluster' } });
  await bench.addGone({ run: 'a', steps: [[10, 20], [30]] }, { days: 10 });
});

const takeAfter = (days: number, more: object = {}): void =>
  bench.addPolicy('clean-up', {
    selector: {},
    mode: 'Enforce',
    orphans: { deleteAfterSeconds: days * 86_400, includeRetained: true },
    ...more,
  });

test('without a policy it stays, not by time alone', async () => {
  const { code, out, err } = await bench.run('explain', 'a@20');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^voice\/a: update 20 of attempt 1 \(Step, 1\.00 kB, saved .* ago\) is Keep\n/);
  expect(out).toMatch(/^ {2}keeps +OrphanKept: /m);
  expect(out).toMatch(/^ {2}changes +not by time alone$/m);
  expect(out).toMatch(/^ {2}gone +The run is gone, since \S+Z as the store has it\.$/m);
});

test('with a policy it goes once its time is over, and what is taken for granted is said', async () => {
  takeAfter(30);
  const { out } = await bench.run('explain', 'a@20');
  expect(out).toMatch(/ is Keep\n {2}keeps +OrphanYoung: /);
  expect(out).toMatch(/^ {2}changes +at 20\S+Z: Condemned \(RunGone\), if nothing else changes$/m);
  const said = `before the operator has missed the run in ${missedListingsNeeded} complete listings in a row`;
  expect(out).toContain(said);
  expect((await bench.run('orphans')).out).toContain(said);
  expect((await bench.run('plan', '--policy', 'clean-up')).out).toContain(said);
});

test('once its time is over it is condemned; a pin holds it until the end of the pin', async () => {
  takeAfter(5);
  expect((await bench.run('explain', 'a@20')).out).toMatch(/ is Condemned\n {2}\S+ +RunGone: /);
  await bench.run('pin', 'a@20', '--reason', 'demo', '--until', '3d');
  const { out } = await bench.run('explain', 'a@20');
  expect(out).toMatch(/ is Locked\n {2}locks +Pinned: a pin names its update \("demo", until 20\S+Z\)$/m);
  expect(out).toMatch(/^ {2}changes +at 20\S+Z: Condemned \(RunGone/m);
});

test('what the capacity of a policy takes of it, beside all others, is told so', async () => {
  await bench.addRun({ run: 'b', steps: [[10]] });
  takeAfter(300, { capacity: { bytes: 3500 } });
  const { out } = await bench.run('explain', 'a@10');
  expect(out).toMatch(/ is Condemned\n {2}\S+ +Capacity: .* \(capacity\.bytes 3500 from policy clean-up\)$/m);
});

test('who may not look into the stores is told what is missing', async () => {
  bench.cluster.before = ({ verb, plural }) => {
    if (verb === 'list' && plural === namespaces.plural) throw refusal('Forbidden', 'no right');
  };
  const { code, err } = await bench.run('explain', 'a@10');
  expect(code).toBe(1);
  expect(err).toMatch(/not seen: list namespaces, stores and runs .*whether a run of this name that is gone/);
  expect(err).toMatch(/there is no TTSTrainingRun "a"/);
});

test('at another time, for programs', async () => {
  takeAfter(30);
  const at = formatTime(bench.clock.now() + 25 * day);
  const { out } = await bench.run('explain', 'a@30', '--at', at, '-o', 'json');
  expect(JSON.parse(out)).toMatchObject([
    {
      run: 'a',
      attempt: 2,
      update: 30,
      verdict: 'Condemned',
      reasons: [{ reason: 'RunGone' }],
      change: null,
    },
  ]);
});

test('an update that is not there, and a run of which nothing is, are told apart', async () => {
  const missing = await bench.run('explain', 'a@11');
  expect(missing).toMatchObject({ code: 1, out: '' });
  expect(missing.err).toMatch(
    /the run a is gone, and it left no checkpoint of update 11: kubectl reprise orphans/,
  );
  const none = await bench.run('explain', 'none@10');
  expect(none.code).toBe(1);
  expect(none.err).toMatch(/there is no TTSTrainingRun "none"/);
});

test('what nobody can judge is said', async () => {
  bench.objects.objects.delete('prod/voice/a/run.json');
  const { code, err } = await bench.run('explain', 'a@10');
  expect(code).toBe(1);
  expect(err).toMatch(/the run voice\/a is gone; what it left in the store main stays: it has no run\.json/);
});
