// attempts: the ledger as a table and as fixed fields; what nobody knows is a dash or null, never a zero.
import { describe, expect, test } from 'vitest';
import { CliBench } from '../support/cli-bench.ts';
import { fullStatus } from '../support/full-status.ts';

const { attempts, totals } = fullStatus;

function benchWith(status: Parameters<CliBench['seedRun']>[0]): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  return bench;
}

describe('a table for a person', () => {
  test('with the totals below', async () => {
    const [, third, first] = attempts;
    const ended = { ...third, number: 2, repeats: undefined, stoppedAt: '2026-11-22T11:30:00Z' };
    const endedAt = '2026-11-22T11:30:00Z';
    const known = [
      { number: 4, startedAt: '2026-11-22T11:59:00Z', node: 'gpu-1' },
      { ...third, number: 3, cause: 'AgentFailed', repeats: 3 },
      { ...ended, lostUpdatesIsLowerBound: false },
      { ...first, endUpdate: 10 },
      { number: 0, cause: 'AgentFailed', endedAt, lostUpdates: 0, lostUpdatesIsLowerBound: true },
    ];
    const bench = benchWith({ attempts: known as typeof attempts, totals });
    const { code, out, err } = await bench.run('attempts', 'xiaoyi-zh');
    expect(out)
      .toBe(`ATTEMPT  NODE   CAUSE        EXIT  STARTED  DURATION  FROM     END     SAVED   LOST     LOST GPU TIME
4        gpu-1  goes on      -     1m0s     1m0s      -        -       -       -        -
3 ×3     gpu-7  AgentFailed  143   2h0m     0s        40,000   57,210  55,000  ≥ 2,210  3h3m
2        gpu-7  Evicted      143   2h0m     1h30m     40,000   57,210  55,000  2,210    3h3m
1        -      RolledBack   -     2h0m     0s        weights  10      -       -        -
0        -      AgentFailed  -     -        -         -        -       -       -        -

attempts  4: 3 disrupted, 0 failed
lost      2,210 updates, made again
GPU time  22h13m, of which 3h3m lost
goodput   80 %: 2h13m of training that counts in 2h46m
`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('wide: where the time of each start went, and the words of its end', async () => {
    const { out } = await benchWith({ attempts }).run('attempts', 'xiaoyi-zh', '-o', 'wide');
    const [heading = '', , evicted = ''] = out.split('\n');
    expect(heading).toMatch(/GPUS +CREATE +SCHEDULE +PULL +FLUSH +RESTORE +START +FIRST UPDATE +MESSAGE$/);
    expect(evicted).toMatch(/ 8 +1s +2s +3s +4s +5s +6s +7s +its pod was evicted$/);
  });

  test('a message from the cluster cannot steer the terminal', async () => {
    const bench = benchWith({ attempts: [{ number: 1, message: 'a\u001b[2Jb' }] });
    const { out } = await bench.run('attempts', 'xiaoyi-zh', '-o', 'wide');
    expect(out).toContain(String.raw`a\u{1b}[2Jb`);
  });

  test('that status lists the newest alone is said once it does', async () => {
    const many = Array.from({ length: 20 }, (_, at) => ({ number: 25 - at }));
    expect((await benchWith({ attempts: many }).run('attempts', 'xiaoyi-zh')).err).toBe(
      'Status keeps the newest attempts only; the totals are of all.\n',
    );
  });

  test('a run without attempts says where to look', async () => {
    const ended = await benchWith({}).run('attempts', 'xiaoyi-zh');
    expect(ended).toEqual({
      code: 0,
      out: '',
      err: 'The run has made no attempt yet: kubectl reprise why tells what it waits for.\n',
    });
  });
});

describe('an object for programs', () => {
  test('has every field of every attempt', async () => {
    const { out } = await benchWith({ attempts, totals }).run('attempts', 'xiaoyi-zh', '-o', 'json');
    const report = JSON.parse(out) as { attempts: readonly object[]; totals: object };
    const [living = {}, evicted = {}] = report.attempts;
    expect(Object.keys(evicted).join(' ')).toBe(
      'number repeats node pod cause exitCode startedAt stoppedAt endedAt firstUpdateAt gpus resumedFrom initializedFrom rollback endUpdate savedUpdate lostUpdates lostUpdatesIsLowerBound gpuSeconds trainedSeconds lostGpuSeconds segments message',
    );
    expect(Object.keys(living)).toEqual(Object.keys(evicted));
    expect(evicted).toMatchObject({ ...attempts[1] });
    expect(living).toMatchObject({
      number: 4,
      repeats: 1,
      cause: null,
      lostUpdates: null,
      segments: { create: null },
    });
    expect(Object.keys(report.totals).join(' ')).toBe(
      'attempts disruptions failures lostUpdates gpuSeconds lostGpuSeconds usefulSeconds wallSeconds goodputPercent reclaimedBytes',
    );
  });

  test('is there before the first attempt', async () => {
    const { out } = await benchWith({}).run('attempts', 'xiaoyi-zh', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ attempts: [], totals: { attempts: 2, gpuSeconds: null } });
  });
});

test.each([
  { name: 'an update', args: ['attempts', 'xiaoyi-zh@40000'], says: /names an update/ },
  { name: 'no run', args: ['attempts'], says: /RUN is missing/ },
  {
    name: 'a format it does not have',
    args: ['attempts', 'xiaoyi-zh', '-o', 'yaml'],
    says: /must be json or wide/,
  },
])('$name is wrong usage', async ({ args, says }) => {
  const { code, out, err } = await new CliBench().run(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(says);
});
