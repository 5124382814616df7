// checkpoints: the same rows from status and from the bucket, the resume point marked, what was left behind told.
import { describe, expect, test } from 'vitest';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { runs } from '../../src/ports/kinds.ts';
import { first, second } from '../support/agent-bench.ts';
import { checkpointAt } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';

const sizeBytes = 5_394_161_632;
const savedAt = '2026-11-22T11:00:00Z';

/** Attempt 3 resumed from update 40 of attempt 1 after a rollback left 60 and all of attempt 2 behind. */
const rolledBack: Partial<RunStatus> = {
  resumePoint: { key: 'k/70', attempt: 3, update: 70, kind: 'Last', sizeBytes, savedAt },
  checkpoints: {
    count: 7,
    bytes: 7 * sizeBytes,
    newest: [
      { update: 70, attempt: 3, kind: 'Last', sizeBytes, savedAt, verdict: 'Locked' },
      { update: 70, attempt: 3, kind: 'Step', sizeBytes, savedAt, verdict: 'Keep' },
      { update: 90, attempt: 2, kind: 'Last', sizeBytes, savedAt, verdict: 'Condemned' },
      { update: 60, attempt: 1, kind: 'Step', sizeBytes, savedAt, verdict: 'Condemned' },
      { update: 40, attempt: 1, kind: 'Step', sizeBytes, savedAt, verdict: 'Keep' },
    ],
  },
  attempts: [
    { number: 3, resumedFrom: { key: 'k/40', attempt: 1, update: 40 } },
    { number: 2, resumedFrom: { key: 'k/60', attempt: 1, update: 60 } },
    { number: 1 },
  ],
};

interface Row {
  readonly update: number;
  readonly attempt: number;
  readonly kind: string;
  readonly lineage: string;
  readonly resumePoint: boolean;
  readonly key: string | null;
}

const rowsOf = (out: string): readonly string[] =>
  (JSON.parse(out) as readonly Row[]).map(
    ({ attempt, update, kind, lineage, resumePoint }) =>
      `${attempt} ${update} ${kind} ${lineage}${resumePoint ? ' *' : ''}`,
  );

describe('from status', () => {
  test('a table for a person', async () => {
    const bench = new CliBench();
    bench.seedRun(rolledBack);
    const { code, out, err } = await bench.run('checkpoints', 'xiaoyi-zh');
    expect(out).toBe(`   UPDATE  ATTEMPT  KIND  SIZE     AGE   LINEAGE    RETENTION
*  70      3        Last  5.39 GB  1h0m  current    locked
   70      3        Step  5.39 GB  1h0m  current    keep
   90      2        Last  5.39 GB  1h0m  abandoned  condemned
   60      1        Step  5.39 GB  1h0m  abandoned  condemned
   40      1        Step  5.39 GB  1h0m  current    keep
`);
    expect({ code, err }).toEqual({ code: 0, err: '2 more are in the bucket: --bucket lists them all.\n' });
    expect(bench.addresses).toEqual([]);
  });

  test('an array for programs', async () => {
    const bench = new CliBench();
    bench.seedRun(rolledBack);
    const { out } = await bench.run('checkpoints', 'xiaoyi-zh', '-o', 'json');
    expect((JSON.parse(out) as readonly unknown[])[0]).toEqual({
      update: 70,
      attempt: 3,
      kind: 'Last',
      sizeBytes,
      savedAt,
      lineage: 'Current',
      resumePoint: true,
      verdict: 'Locked',
      key: 'k/70',
    });
  });

  test('a run without checkpoints says so, with what is going on', async () => {
    const bench = new CliBench();
    bench.seedRun({ message: 'attempt 1 waits for a node' });
    const ended = await bench.run('checkpoints', 'xiaoyi-zh');
    expect(ended).toEqual({
      code: 0,
      out: '',
      err: 'The run has no checkpoint yet. attempt 1 waits for a node\n',
    });
    expect((await bench.run('checkpoints', 'xiaoyi-zh', '-o', 'json')).out).toBe('[]\n');
  });
});

function withBranches(): CliBench {
  const bench = new CliBench();
  bench.seedRun();
  bench.bucket.seedAttempt(first);
  bench.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 90 }, checkpointAt(90));
  bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update: 40 }, checkpointAt(40));
  bench.bucket.seedAttempt(second, { attempt: first, update: 40 });
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Step', update: 50 }, checkpointAt(50));
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Last', update: 50 }, checkpointAt(50));
  return bench;
}

describe('from the bucket', () => {
  test('everything is listed, newest first, the resume point marked', async () => {
    const { code, out, err } = await withBranches().run('checkpoints', 'xiaoyi-zh', '--bucket', '-o', 'json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(rowsOf(out)).toEqual([
      '2 50 Last Current *',
      '2 50 Step Current',
      '1 90 Last Abandoned',
      '1 40 Step Current',
    ]);
  });

  test('the age is told by the clock', async () => {
    const bench = withBranches();
    await bench.clock.advance(3 * 86_400_000);
    const { out } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket');
    expect(out).toMatch(/^\* +50 +2 +Last +1\.00 MB +3d +current$/m);
    expect(out).not.toContain('RETENTION');
  });

  test('objects that are not ours are counted, never listed', async () => {
    const bench = withBranches();
    bench.objects.seed('prod/voice/xiaoyi-zh/notes.txt', 'mine');
    const { err } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket');
    expect(err).toBe(
      "1 objects below s3://ckpts/prod/voice/xiaoyi-zh/ are not Reprise's; it never touches them.\n",
    );
  });

  test('a lineage that cannot be read leaves every place unknown, and says why', async () => {
    const bench = withBranches();
    bench.objects.objects.delete('prod/voice/xiaoyi-zh/attempts/0001-11111111/attempt.json');
    const { code, out, err } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket', '-o', 'json');
    expect(code).toBe(0);
    expect(rowsOf(out).every((row) => row.endsWith('Unknown'))).toBe(true);
    expect(err).toMatch(/^No attempt would start: The lineage .* cannot be read: .*attempt\.json is missing/);
  });

  test('a rollback still to be carried out moves the mark, and is said', async () => {
    const bench = withBranches();
    bench.cluster.storage.patch(
      runs,
      { namespace: 'voice', name: 'xiaoyi-zh' },
      {
        spec: { rollback: { update: 40, attempt: 0, id: '1' } },
      },
    );
    const { out, err } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket', '-o', 'json');
    expect(rowsOf(out)).toContain('1 40 Step Current *');
    expect(err).toBe(
      'Rollback "1" is still to be carried out: the next attempt would start from update 40.\n',
    );
  });

  test('an attempt.json that is not ours ends with its name', async () => {
    const bench = withBranches();
    bench.objects.seed('prod/voice/xiaoyi-zh/attempts/0001-11111111/attempt.json', '{"version":1}');
    const { code, err } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket');
    expect(code).toBe(1);
    expect(err).toMatch(/0001-11111111\/attempt\.json is not what Reprise writes/);
  });

  test('an empty bucket is said to be empty', async () => {
    const bench = new CliBench();
    bench.seedRun();
    const { code, out, err } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket');
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '',
      err: 'There is no checkpoint below s3://ckpts/prod/voice/xiaoyi-zh/.\n',
    });
  });

  test('a store that is away is named', async () => {
    const bench = withBranches();
    bench.objects.faults.outage = 'Unavailable';
    const { code, err } = await bench.run('checkpoints', 'xiaoyi-zh', '--bucket');
    expect(code).toBe(1);
    expect(err).toMatch(/^error: \S.*\n$/);
  });
});
