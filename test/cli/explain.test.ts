// explain: every reason with its value and whose it is, the one that wins first; what is set and silent; and when time alone changes it.
import { beforeEach, describe, expect, test } from 'vitest';
import { PlanBench } from '../support/plan-bench.ts';

let bench: PlanBench;

beforeEach(async () => {
  bench = new PlanBench();
  await bench.addRun({
    run: 'b',
    spec: {
      retention: { keepNewest: 1, keepEvery: 20 },
      pins: [{ update: 10, reason: 'demo voice', until: '2027-01-01T00:00:00Z' }],
    },
    steps: [
      [10, 20, 30],
      [25, 35, 45],
    ],
  });
});

describe('for a person', () => {
  test('a pinned one: why, until when, and what becomes of it then', async () => {
    const { code, out, err } = await bench.run('explain', 'b@10');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^voice\/b: update 10 of attempt 1 \(Step, 1\.00 kB, saved .* ago\) is Locked\n/);
    expect(out).toMatch(
      /^ {2}locks +Pinned: a pin names its update \("demo voice", until 2027-01-01T00:00:00Z\)$/m,
    );
    expect(out).toMatch(/^ {2}silent +.*keepNewest 1 from the run/m);
    expect(out).toMatch(
      /^ {2}changes +at 2027-01-01T00:00:00Z: Condemned \(NoRuleKeepsIt PinExpired\), if nothing else changes$/m,
    );
  });

  test('one that a rule keeps, with the value and its origin; for good', async () => {
    const { out } = await bench.run('explain', 'b@20');
    expect(out).toMatch(
      / is Keep\n {2}keeps +KeepEvery: the first Step at or after a multiple \(keepEvery 20 from the run\)\n/,
    );
    expect(out).toMatch(/^ {2}changes +not by time alone$/m);
  });

  test('one that a rollback left behind: until when it stays', async () => {
    const { out } = await bench.run('explain', 'b@30');
    expect(out).toMatch(
      /keeps +KeepAbandoned: .* \(keepAbandonedSeconds as it is unless somebody says otherwise, from Reprise itself\)/,
    );
    expect(out).toMatch(/remarks +Abandoned: /);
    expect(out).toMatch(/changes +at .*: Condemned \(NoRuleKeepsIt Abandoned\)/);
  });

  test('what a policy takes though a rule keeps it', async () => {
    const selector = {};
    bench.addPolicy('capped', { selector, mode: 'Enforce', ceiling: { maxCheckpointsPerRun: 3 } });
    const { out } = await bench.run('explain', 'b@20');
    expect(out).toMatch(
      / is Condemned\n {2}limits +MaxCheckpoints: .* \(maxCheckpointsPerRun 3 from policy capped\)\n {2}keeps +KeepEvery/,
    );
  });

  test('what an audited policy would do is told beside it', async () => {
    bench.addPolicy('capped', { selector: {}, ceiling: { maxCheckpointsPerRun: 3 } });
    const { out } = await bench.run('explain', 'b@20');
    expect(out).toMatch(/ is Keep\n/);
    expect(out).toMatch(
      /^ {2}audit +if policies of mode Audit were enforced: Condemned \(MaxCheckpoints KeepEvery\)$/m,
    );
  });

  test('a stopped run says what stops it', async () => {
    bench.objects.objects.delete('prod/voice/b/attempts/0002-22222222/attempt.json');
    bench.objects.seed('prod/voice/b/attempts/0002-22222222/attempt.json', '{}');
    const { code, err } = await bench.run('explain', 'b@20');
    expect(code).toBe(1);
    expect(err).toMatch(/whether the run b has a checkpoint of update 20 cannot be told: .*attempt\.json/);
  });
});

test('for programs', async () => {
  const { out } = await bench.run('explain', 'b@10', '-o', 'json');
  expect(JSON.parse(out)).toEqual([
    {
      namespace: 'voice',
      run: 'b',
      attempt: 1,
      kind: 'Step',
      update: 10,
      verdict: 'Locked',
      reasons: [
        {
          reason: 'Pinned',
          speaks: 'Locks',
          words: 'a pin names its update',
          value: '"demo voice", until 2027-01-01T00:00:00Z',
        },
      ],
      silent: [
        'keepModelLast 2 from the run',
        'keepNewest 1 from the run',
        'keepEvery 20 from the run',
        'minAgeSeconds 3600 from the run',
      ],
      audit: null,
      change: { at: '2027-01-01T00:00:00Z', verdict: 'Condemned', reasons: ['NoRuleKeepsIt', 'PinExpired'] },
    },
  ]);
});

test.each([
  { args: ['b'], code: 2, says: /"b" names no update: write RUN@UPDATE/ },
  {
    args: ['b@11'],
    code: 1,
    says: /the run b has no checkpoint of update 11: kubectl reprise plan b lists what it has/,
  },
  { args: ['b@10', '--attempt', '2'], code: 1, says: /no checkpoint of update 10 of attempt 2/ },
  { args: ['none@10'], code: 1, says: /there is no TTSTrainingRun "none"/ },
])('$args is refused', async ({ args, code, says }) => {
  const ended = await bench.run('explain', ...args);
  expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
  expect(ended.err).toMatch(says);
});
