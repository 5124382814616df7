// rollback, where it cannot be: nothing is asked, and the answer says what there is or what to do instead.
import { describe, expect, test } from 'vitest';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { first, prefix, second } from '../support/agent-bench.ts';
import { CliBench } from '../support/cli-bench.ts';
import type { ClusterCall } from '../support/fake-cluster.ts';
import { runDocument } from '../../src/wire/run-document.ts';

const bytes = new Uint8Array(1000);

/** Attempt 1 saved 40 and 60; attempt 2 went back to 40 and saved 80. */
function benchWith(status: Partial<RunStatus> = { phase: 'Running' }): CliBench {
  const bench = new CliBench();
  bench.seedRun(status);
  bench.bucket.seedAttempt(first);
  bench.bucket.seedAttempt(second, { attempt: first, update: 40 }, 'old');
  for (const update of [40, 60]) bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update }, bytes);
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Last', update: 80 }, bytes);
  return bench;
}

async function refused(bench: CliBench, ...args: readonly string[]): Promise<string> {
  const before = bench.storedRun();
  const { code, out, err } = await bench.run('rollback', 'xiaoyi-zh', ...args);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(bench.storedRun().spec).toEqual(before.spec);
  return err;
}

describe('nothing is saved there', () => {
  test('an update between two: those there are, and the abandoned with their attempts', async () => {
    expect(await refused(benchWith(), '--to', '50')).toBe(
      'error: the run voice/xiaoyi-zh has no checkpoint of update 50 on the lineage. Saved on the lineage: 40, 80. Abandoned, to be named with their attempt: of attempt 1: 60.\n',
    );
  });

  test('an abandoned update without its attempt', async () => {
    expect(await refused(benchWith(), '--to', '60')).toContain('of attempt 1: 60');
  });

  test('an update of another attempt', async () => {
    expect(await refused(benchWith(), '--to', '80', '--attempt', '1')).toContain(
      'has no checkpoint of update 80 of attempt 1',
    );
  });

  test('a run that never saved', async () => {
    const bench = new CliBench();
    bench.seedRun({});
    expect(await refused(bench, '--to', '40')).toContain('No update is saved on the lineage.');
  });

  test('a lineage that cannot be read, with the ways that need none', async () => {
    const bench = benchWith();
    bench.objects.objects.delete(`${prefix}attempts/0001-11111111/attempt.json`);
    const err = await refused(bench, '--to', '80');
    expect(err).toMatch(
      /cannot be read: .*attempt\.json is missing.*: --attempt N names one, --to scratch needs none/,
    );
    const { code, out } = await bench.run('rollback', 'xiaoyi-zh', '--to', 'scratch');
    expect(code).toBe(0);
    expect(out).toContain('left behind  cannot be told: the lineage cannot be read');
  });
});

describe('the run', () => {
  test('has succeeded', async () => {
    expect(await refused(benchWith({ phase: 'Succeeded' }), '--to', '40')).toContain(
      'has succeeded, which is final: there is nothing to roll back',
    );
  });

  test('is being deleted', async () => {
    const bench = benchWith();
    bench.patchRun({ metadata: { finalizers: ['reprise.dev/test'] } });
    bench.deleteRun();
    expect(await refused(bench, '--to', '40')).toContain('is being deleted since 2026-11-22T12:00:00Z');
  });

  test('succeeds while the user reads', async () => {
    const bench = benchWith();
    bench.cluster.before = ({ verb }: ClusterCall): void => {
      if (verb === 'patch' && bench.storedRun().status?.phase === 'Running')
        bench.setStatus({ phase: 'Succeeded' });
    };
    const { code, err } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40', '-o', 'json');
    expect(code).toBe(1);
    expect(err).toContain('has succeeded, which is final');
    expect(bench.storedRun().spec).not.toHaveProperty('rollback');
  });

  test('is sent elsewhere by somebody else meanwhile: theirs stands', async () => {
    const bench = benchWith();
    bench.cluster.before = ({ verb }: ClusterCall): void => {
      if (verb === 'patch') bench.patchRun({ spec: { rollback: { update: 80, attempt: 0, id: 'theirs' } } });
    };
    const { code, err } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40', '-o', 'json');
    expect(code).toBe(1);
    expect(err).toContain(
      'somebody else has asked the run xiaoyi-zh for another rollback meanwhile (id "theirs")',
    );
    expect(bench.storedRun().spec).toMatchObject({ rollback: { id: 'theirs' } });
  });

  test('is made anew meanwhile: the new one is left alone', async () => {
    const bench = benchWith();
    let isDone = false;
    bench.cluster.before = ({ verb, plural }: ClusterCall): void => {
      if (isDone || verb !== 'get' || plural === 'ttstrainingruns') return;
      isDone = true;
      bench.deleteRun();
      bench.cluster.storage.create(
        { group: 'reprise.dev', plural: 'ttstrainingruns' },
        {
          apiVersion: 'reprise.dev/v1alpha1',
          kind: 'TTSTrainingRun',
          metadata: { namespace: 'voice', name: 'xiaoyi-zh' },
          spec: { trainer: { image: 'f5-tts:2', checkpointDir: '/ckpts' } },
        },
      );
    };
    const { code, err } = await bench.run('rollback', 'xiaoyi-zh', '--to', '40', '-o', 'json');
    expect(code).toBe(1);
    expect(err).toContain('was deleted and made anew meanwhile');
    expect(bench.storedRun().spec).not.toHaveProperty('rollback');
  });

  test('has the name of one that succeeded: only a start from scratch is taken', async () => {
    const bench = benchWith({ phase: 'Stalled' });
    const document = runDocument.parse(
      new TextDecoder().decode(bench.objects.objects.get(`${prefix}run.json`)?.bytes),
      'run.json',
    );
    const former = runDocument.format({ ...document, runUid: 'former', phase: 'Succeeded' });
    bench.objects.seed(`${prefix}run.json`, former);
    expect(await refused(bench, '--to', '40')).toContain(
      'are those of a run of this name that has succeeded, and voice/xiaoyi-zh can only start anew over them: --to scratch',
    );
    expect((await bench.run('rollback', 'xiaoyi-zh', '--to', 'scratch')).code).toBe(0);
  });
});

test.each([
  { args: [], says: '--to is missing' },
  {
    args: ['--to', 'yesterday'],
    says: '--to is "yesterday": it must be an update, such as 40000, or scratch',
  },
  { args: ['--to', '-1'], says: '--to' },
  { args: ['--to', '40', '--attempt', '0'], says: '--attempt is "0": it must be the number of an attempt' },
  { args: ['--to', '40', '--attempt', 'one'], says: '--attempt is "one"' },
  { args: ['--to', 'scratch', '--attempt', '1'], says: '--attempt belongs to an update' },
])('$args is no way to ask', async ({ args, says }) => {
  const { code, err } = await benchWith().run('rollback', 'xiaoyi-zh', ...args);
  expect(code).toBe(2);
  expect(err).toContain(says);
});
