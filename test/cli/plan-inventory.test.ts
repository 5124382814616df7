// plan --inventory: planned without a cluster, by the rules of a file, the same whatever order the file has.
import { describe, expect, test } from 'vitest';
import { CliBench } from '../support/cli-bench.ts';
import { capped, planned, savedAt, stepsAt, type WrittenRun, writtenRun } from '../support/inventories.ts';
import type { PlanRow } from '../support/plan-row.ts';

async function rowsOf(runs: readonly WrittenRun[], policy?: string): Promise<readonly PlanRow[]> {
  const { code, out, err } = await planned({ runs }, policy, '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as readonly PlanRow[];
}

const short = (rows: readonly PlanRow[]): readonly string[] =>
  rows.map(
    ({ attempt, kind, update, verdict, reasons }) =>
      `${attempt} ${kind} ${update} ${verdict} ${reasons.join(' ')}`,
  );

const condemned = (rows: readonly PlanRow[]): readonly number[] =>
  rows.flatMap(({ verdict, update }) => (verdict === 'Condemned' ? [update] : []));

describe('what it plans', () => {
  test('a retention block speaks for every run, whatever that declares', async () => {
    const rows = await rowsOf(
      [writtenRun({ retention: { keepNewest: 5 } })],
      'retention: {keepNewest: 1, minAgeSeconds: 0}',
    );
    expect(short(rows)).toEqual([
      '1 Last 50000 Locked ResumePoint KeepModelLast',
      '1 Step 50000 Keep KeepNewest',
      '1 Step 40000 Locked BeforeResumePoint',
      '1 Step 30000 Condemned NoRuleKeepsIt',
      '1 Step 20000 Condemned NoRuleKeepsIt',
      '1 Step 10000 Condemned NoRuleKeepsIt',
    ]);
    expect(rows[0]).toEqual({
      namespace: 'voice',
      run: 'zh',
      attempt: 1,
      kind: 'Last',
      update: 50_000,
      verdict: 'Locked',
      reasons: ['ResumePoint', 'KeepModelLast'],
    });
  });

  test('without a file of rules, what each run declares holds', async () => {
    expect(condemned(await rowsOf([writtenRun()]))).toEqual([]);
    expect(condemned(await rowsOf([writtenRun({ retention: { keepNewest: 2 } })]))).toEqual([
      30_000, 20_000, 10_000,
    ]);
  });

  test('a policy counts as enforced though its mode is Audit, for those whom it selects', async () => {
    const ours = writtenRun({ namespaceLabels: { team: 'voice' } });
    const rows = await rowsOf([writtenRun({ run: 'other' }), ours], capped);
    expect(
      rows
        .filter(({ verdict }) => verdict === 'Condemned')
        .map(({ run, update, reasons }) => `${run} ${update} ${reasons.join(' ')}`),
    ).toEqual([
      'zh 30000 MaxCheckpoints NoStepRules',
      'zh 20000 MaxCheckpoints NoStepRules',
      'zh 10000 MaxCheckpoints NoStepRules',
    ]);
  });

  test('a policy that is Off takes nothing', async () => {
    const ours = writtenRun({ namespaceLabels: { team: 'voice' } });
    const off = capped.replace('spec:', 'spec:\n  mode: "Off"');
    expect(condemned(await rowsOf([ours], off))).toEqual([]);
  });

  test('several documents hold together', async () => {
    const ours = writtenRun({ namespaceLabels: { team: 'voice' } });
    const rows = await rowsOf([ours], `${capped}---\nretention: {keepNewest: 1, minAgeSeconds: 0}\n---\n`);
    expect(condemned(rows)).toEqual([30_000, 20_000, 10_000]);
  });

  test('the order of the file does not matter, and is not that of the answer', async () => {
    const second = writtenRun({ run: 'b', checkpoints: stepsAt([5000, 6000]) });
    const first = writtenRun({ run: 'a' });
    const straight = await rowsOf([first, second], 'retention: {keepNewest: 1}');
    const turned = [second, { ...first, checkpoints: first.checkpoints.toReversed() }];
    expect(await rowsOf(turned, 'retention: {keepNewest: 1}')).toEqual(straight);
    expect(straight.map(({ run }) => run)).toEqual([...Array.from({ length: 6 }, () => 'a'), 'b', 'b', 'b']);
  });

  test('what a rollback left behind is told by resumedFrom, and stays for its time', async () => {
    const attempts = [{ number: 1 }, { number: 2, resumedFrom: { attempt: 1, update: 20_000 } }];
    const again = { attempt: 2, kind: 'Step' as const, update: 25_000, sizeBytes: 1, savedAt: savedAt(48) };
    const tale = writtenRun({ attempts, checkpoints: [...stepsAt([10_000, 20_000, 30_000]), again] });
    const rules = 'retention: {keepNewest: 9, keepAbandonedSeconds: 86400}';
    const reasons = async (at: string): Promise<readonly string[]> => {
      const { out } = await planned({ runs: [tale] }, rules, '-o', 'json', '--at', at);
      return short(JSON.parse(out) as readonly PlanRow[]).filter((row) => row.includes('30000'));
    };
    // attempt 2 began, as far as one can tell, when its first checkpoint was saved: 22 November, noon
    expect(await reasons('2026-11-23T11:59:59Z')).toEqual([
      '1 Last 30000 Keep KeepAbandoned Abandoned',
      '1 Step 30000 Keep KeepAbandoned Abandoned',
    ]);
    expect(await reasons('2026-11-23T12:00:00Z')).toEqual([
      '1 Last 30000 Condemned NoRuleKeepsIt Abandoned',
      '1 Step 30000 Condemned NoRuleKeepsIt Abandoned',
    ]);
  });

  test('what is pinned is locked, and where nothing of a run may go that is said beside the rows', async () => {
    const [oldest, ...others] = stepsAt([10_000, 20_000, 30_000]);
    const pinned = writtenRun({
      checkpoints: oldest === undefined ? [] : [{ ...oldest, pinned: true }, ...others],
    });
    const rules = 'retention: {keepNewest: 1, minAgeSeconds: 0}';
    expect(short(await rowsOf([pinned], rules)).at(-1)).toBe('1 Step 10000 Locked Pinned');
    const { code, out, err } = await planned({ runs: [pinned] }, rules, '-o', 'json', '--at', '2020-01-01');
    expect(code).toBe(0);
    expect(
      new Set(
        (JSON.parse(out) as readonly PlanRow[]).map((row) => `${row.verdict} ${row.reasons.join(' ')}`),
      ),
    ).toEqual(new Set(['Locked Stopped']));
    expect(err).toMatch(
      /^voice\/zh: nothing of it is deleted: an object was saved \d+ s after the store's present time/,
    );
  });

  test('a table for a person: verdicts, bytes, origins, and that somebody has to approve', async () => {
    const many = Array.from({ length: 60 }, (_, at) => (at + 1) * 1000);
    const big = writtenRun({ checkpoints: stepsAt(many) });
    const { code, out, err } = await planned({ runs: [big] }, 'retention: {keepNewest: 2}');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^voice\/zh is Running, planned for 2026-12-01T00:00:00Z\n {2}UPDATE +ATTEMPT/);
    expect(out).toMatch(/^ {2}59000 +1 +Step +1\.07 GB +8d +Locked +BeforeResumePoint KeepNewest$/m);
    expect(out).toMatch(
      /^ {2}bytes +65\.5 GB before, 3\.22 GB after: 58 checkpoints \(62\.3 GB\) of 61 go$/m,
    );
    expect(out).toMatch(/^ {2}approval +needed: .* none of them goes until somebody approves it$/m);
    expect(out).toMatch(
      /^ {2}by +.*keepNewest 2 from the run; .*graceSeconds 600 from the operator's defaults/m,
    );
    expect(out).toMatch(/^ {2}supposed +the operator's defaults, .* in an inventory the field operator$/m);
  });

  test('grace and approval are those of the operator, where the inventory tells them', async () => {
    const operator = { graceSeconds: 20, approveAbove: { percent: 10, checkpoints: 1 } };
    const { out } = await planned({ runs: [writtenRun()], operator }, 'retention: {keepNewest: 1}');
    expect(out).toMatch(/^ {2}approval +needed: .*these 3 are more than 1 and more than 10 % /m);
    expect(out).toMatch(
      /^ {2}by +.*graceSeconds 20 from the operator's flags; approveAbove\.percent 10 from/m,
    );
    expect(out).not.toContain('supposed');
  });

  test('for whose capacity something was being taken, it goes on down to the low share', async () => {
    const capacity = { bytes: '6Gi', highThresholdPercent: 100, lowThresholdPercent: 50 };
    const policies = [{ name: 'room', spec: { selector: {}, mode: 'Enforce', capacity } }];
    const gone = async (more: object): Promise<number> => {
      const { out } = await planned({ runs: [writtenRun()], policies, ...more }, undefined, '-o', 'json');
      return condemned(JSON.parse(out) as readonly PlanRow[]).length;
    };
    expect(await gone({})).toBe(0);
    expect(await gone({ evicting: ['another'] })).toBe(0);
    expect(await gone({ evicting: ['room'] })).toBeGreaterThan(0);
  });
});

describe('how it is called', () => {
  test.each([
    {
      args: ['--at', 'tomorrow'],
      code: 2,
      says: /--at is "tomorrow": it must be a day such as 2026-12-01, or an RFC 3339 time/,
    },
    { args: ['--at', '2026-13-01'], code: 2, says: /--at is "2026-13-01"/ },
    { args: ['--with', 'none.yaml'], code: 1, says: /there is no file none\.yaml/ },
  ])('$args', async ({ args, code, says }) => {
    const ended = await planned({ runs: [] }, undefined, ...args);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
    expect(ended.err).toMatch(says);
  });

  test('times with an offset are the same instant', async () => {
    const [there, here] = await Promise.all(
      ['2026-12-01T08:00:00+08:00', '2026-12-01'].map((time) =>
        planned({ runs: [writtenRun()] }, undefined, '--at', time),
      ),
    );
    expect(there).toEqual(here);
  });

  test('a file that is not UTF-8 is said to be none', async () => {
    const bench = new CliBench();
    bench.write('inventory.json', new Uint8Array([0xff, 0xfe, 0]));
    const { code, err } = await bench.run('plan', '--inventory', 'inventory.json');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: inventory.json is not a text in UTF-8: save it as one\n',
    });
  });

  test('no runs are no rows', async () => {
    expect((await planned({ runs: [] }, undefined, '-o', 'json')).out).toBe('[]\n');
    expect((await planned({ runs: [] })).out).toBe('There is no run to plan for.\n');
  });
});
