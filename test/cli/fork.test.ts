// fork: the new run has the old one's spec and starts from its checkpoint; what would not come to that is refused.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runs } from '../../src/ports/kinds.ts';
import { first, second } from '../support/agent-bench.ts';
import { CliBench } from '../support/cli-bench.ts';
import { type ClusterCall, refusal } from '../support/fake-cluster.ts';

const bytes = new Uint8Array(1000);

/** Attempt 1 saved 40 and 60, attempt 2 went back to 40 and saved 80. */
function seeded(): CliBench {
  const bench = new CliBench();
  bench.seedRun();
  bench.bucket.seedAttempt(first);
  bench.bucket.seedAttempt(second, { attempt: first, update: 40 }, 'old');
  for (const update of [40, 60]) bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update }, bytes);
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Last', update: 80 }, bytes);
  return bench;
}

const created = (bench: CliBench, name = 'soft'): Record<string, unknown> | undefined =>
  bench.cluster.storage.read(runs, { namespace: 'voice', name });

const fork = (bench: CliBench, ...args: readonly string[]) => bench.run('fork', 'xiaoyi-zh', 'soft', ...args);

describe('creates a run', () => {
  test.each([
    {
      args: ['--from', '40'],
      initializeFrom: { run: 'xiaoyi-zh', update: 40, mode: 'Resume' },
      says: 'it goes on from update 40 of xiaoyi-zh (attempt 1, Step)',
    },
    {
      args: [],
      initializeFrom: { run: 'xiaoyi-zh', mode: 'Resume' },
      says: 'it goes on from the newest checkpoint of xiaoyi-zh when it starts, now update 80 of xiaoyi-zh (attempt 2, Last)',
    },
    {
      args: ['--from', '80', '--warm-start'],
      initializeFrom: { run: 'xiaoyi-zh', update: 80, mode: 'WarmStart' },
      says: 'it starts with the EMA weights of update 80 of xiaoyi-zh (attempt 2, Last)',
    },
  ])('$args: $says', async ({ args, initializeFrom, says }) => {
    const bench = seeded();
    const before = bench.storedRun();
    const ended = await fork(bench, ...args);
    expect(ended).toEqual({ code: 0, out: `soft is created: ${says}.\n`, err: '' });
    expect(created(bench)?.['spec']).toEqual({
      store: 'main',
      initializeFrom,
      trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' },
    });
    expect(bench.storedRun()).toEqual(before);
  });

  test('that waits where nothing is saved yet, and says so', async () => {
    const bench = new CliBench();
    bench.seedRun();
    const { code, out } = await fork(bench);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'soft is created: it waits, Stalled, until xiaoyi-zh has saved a checkpoint, and goes on from that one.\n',
    });
    expect(created(bench)).toBeDefined();
  });

  test('and says where its trainer still writes under the old name', async () => {
    const bench = seeded();
    const args = [
      'ckpts.save_dir=ckpts/xiaoyi-zh',
      'datasets.name=xiaoyi-zh',
      'hydra.run.dir=/tmp/xiaoyi-zh-2',
    ];
    bench.patchRun({ spec: { trainer: { args, checkpointDir: '/workspace/ckpts/xiaoyi-zh' } } });
    const { err } = await fork(bench);
    expect(err).toBe(
      'The spec still names xiaoyi-zh where the trainer of soft writes: trainer.checkpointDir (/workspace/ckpts/xiaoyi-zh); trainer.args[0] (ckpts.save_dir=ckpts/xiaoyi-zh). That is well on a volume of its own; change both alike if they should say soft.\n',
    );
    expect(created(bench)?.['spec']).toMatchObject({ trainer: { args } });
  });

  test('of one that is being deleted, from what stays of it', async () => {
    const bench = seeded();
    bench.patchRun({ metadata: { finalizers: ['reprise.dev/test'] } });
    bench.deleteRun();
    const { code, err } = await fork(bench, '--from', '40');
    expect(code).toBe(0);
    expect(err).toContain('xiaoyi-zh is being deleted');
  });
});

describe('with --dry-run', () => {
  test('creates nothing, and says what it would', async () => {
    const bench = seeded();
    const { code, out } = await fork(bench, '--from', '40', '--dry-run');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'soft would be created: it goes on from update 40 of xiaoyi-zh (attempt 1, Step).\n',
    });
    expect(created(bench)).toBeUndefined();
  });

  test.each([
    { format: 'yaml', read: parse as (text: string) => unknown },
    { format: 'json', read: JSON.parse as (text: string) => unknown },
  ])('prints the very manifest that is created: -o $format', async ({ format, read }) => {
    const bench = seeded();
    bench.patchRun({ metadata: { labels: { team: 'voice' } }, spec: { gpuProducts: ['A100'] } });
    const dry = await fork(bench, '--from', '40', '--dry-run', '-o', format);
    expect(created(bench)).toBeUndefined();
    const manifest = read(dry.out) as { readonly spec: unknown };
    expect(manifest).toEqual({
      apiVersion: 'reprise.dev/v1alpha1',
      kind: 'TTSTrainingRun',
      metadata: { name: 'soft', namespace: 'voice', labels: { team: 'voice' } },
      spec: {
        store: 'main',
        initializeFrom: { run: 'xiaoyi-zh', update: 40, mode: 'Resume' },
        trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' },
        gpuProducts: ['A100'],
      },
    });
    const done = await fork(bench, '--from', '40', '-o', format);
    expect(read(done.out)).toEqual(manifest);
    expect(created(bench)?.['spec']).toEqual(manifest.spec);
  });
});

describe('refuses', () => {
  test.each([
    {
      name: 'an update that is not saved, with those that are',
      args: ['--from', '50'],
      says: 'has no checkpoint of update 50 on its lineage, and initializeFrom takes no other. Saved on the lineage: 40, 80. Abandoned, to be named with their attempt: of attempt 1: 60.',
    },
    {
      name: 'an abandoned update',
      args: ['--from', '60'],
      says: 'has no checkpoint of update 60 on its lineage',
    },
  ])('$name', async ({ args, says }) => {
    const bench = seeded();
    const { code, err } = await fork(bench, ...args);
    expect(code).toBe(1);
    expect(err).toContain(says);
    expect(created(bench)).toBeUndefined();
  });

  test('a name that is taken, also with --dry-run', async () => {
    const bench = seeded();
    await fork(bench);
    // as it is once the new run has started
    bench.objects.seed('prod/voice/soft/run.json', '{}');
    for (const args of [[], ['--dry-run']]) {
      const { code, out, err } = await fork(bench, ...args);
      expect({ code, out, err }).toEqual({
        code: 1,
        out: '',
        err: 'error: there is a TTSTrainingRun voice/soft already: choose another name\n',
      });
    }
  });

  test('a name that somebody takes meanwhile', async () => {
    const bench = seeded();
    bench.cluster.before = ({ verb }: ClusterCall): void => {
      if (verb === 'create') throw refusal('AlreadyExists', 'ttstrainingruns "soft" already exists');
    };
    const { code, err } = await fork(bench);
    expect(code).toBe(1);
    expect(err).toContain('there is a TTSTrainingRun voice/soft already');
  });

  test('a name under which an earlier run left something: it would go on from that', async () => {
    const bench = seeded();
    bench.objects.seed('prod/voice/soft/run.json', '{}');
    const { code, err } = await fork(bench);
    expect(code).toBe(1);
    expect(err).toContain(
      'objects of an earlier run named soft lie below s3://ckpts/prod/voice/soft/: the new run would go on from those, or stall, and not start from xiaoyi-zh; choose another name',
    );
    expect(created(bench)).toBeUndefined();
  });

  test('a lineage that cannot be read', async () => {
    const bench = seeded();
    bench.objects.objects.delete('prod/voice/xiaoyi-zh/attempts/0001-11111111/attempt.json');
    const { code, err } = await fork(bench);
    expect(code).toBe(1);
    expect(err).toMatch(/nothing can start: .*attempt\.json is missing/);
  });

  test.each([
    { args: ['xiaoyi-zh', 'xiaoyi-zh'], says: 'NEW is "xiaoyi-zh", the run itself' },
    { args: ['xiaoyi-zh', 'Soft'], says: '"Soft" is no name of a run' },
    { args: ['xiaoyi-zh', 'a'.repeat(53)], says: 'is no name of a run' },
    { args: ['xiaoyi-zh'], says: 'NEW is missing' },
    { args: ['xiaoyi-zh', 'soft', '--from', 'best'], says: '--from is "best": it must be an update' },
    { args: ['xiaoyi-zh', 'soft', '--from', '0'], says: '--from is 0' },
  ])('$args', async ({ args, says }) => {
    const { code, err } = await seeded().run('fork', ...args);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });
});
