// pin: an entry of the spec that is the command's own, and nothing for what is not there.
import { beforeEach, describe, expect, test } from 'vitest';
import { apiVersion } from '../../src/api/names.ts';
import { namespaces, policies } from '../../src/ports/kinds.ts';
import { prefix } from '../support/agent-bench.ts';
import type { CliBench } from '../support/cli-bench.ts';
import { refusal } from '../support/fake-cluster.ts';
import { benchWithRewoundRun } from '../support/rewound-run.ts';

let bench: CliBench;

beforeEach(() => void (bench = benchWithRewoundRun()));

const pins = (): unknown => bench.storedRun().spec?.['pins'];
const pin = async (...args: readonly string[]) => bench.run('pin', ...args);
const because = ['--reason', 'demo voice'] as const;

describe('pin', () => {
  test("writes the attempt that the lineage's update is of, and leaves other pins alone", async () => {
    const theirs = { update: 40, attempt: 0, reason: 'of somebody else' };
    bench.patchRun({ spec: { pins: [theirs] } });
    expect(await pin('xiaoyi-zh@40', ...because)).toEqual({
      code: 0,
      out: 'xiaoyi-zh@40 of attempt 1 (Step, 1.00 kB) is pinned: demo voice.\n',
      err: '',
    });
    expect(pins()).toEqual([theirs, { update: 40, attempt: 1, reason: 'demo voice' }]);
  });

  test('says what it keeps to a program, once and again', async () => {
    const want = { run: 'xiaoyi-zh', changed: true, update: 50, attempt: 2, heldBy: 'Spec', rescued: false };
    const args = ['xiaoyi-zh@50', ...because, '--until', '30d', '-o', 'json'] as const;
    const { out } = await pin(...args);
    expect(JSON.parse(out)).toMatchObject({ ...want, until: '2026-12-22T12:00:00Z', checkpoints: [{}, {}] });
    const again = await pin(...args);
    expect(JSON.parse(again.out)).toMatchObject({ changed: false });
    expect(pins()).toEqual([{ update: 50, attempt: 2, reason: 'demo voice', until: '2026-12-22T12:00:00Z' }]);
  });

  test.each([
    ['2027-01-31', '2027-01-31T00:00:00Z'],
    ['2027-01-31T10:00:00Z', '2027-01-31T10:00:00Z'],
    ['12h', '2026-11-23T00:00:00Z'],
  ])('--until %s is %s', async (given, until) => {
    await pin('xiaoyi-zh@40', ...because, '--until', given);
    expect(pins()).toMatchObject([{ until }]);
  });

  test('one that was left behind, by its attempt', async () => {
    expect(await pin('xiaoyi-zh@60', ...because, '--attempt', '1')).toMatchObject({ code: 0 });
    expect(pins()).toMatchObject([{ update: 60, attempt: 1 }]);
  });

  test('one that is condemned is said to be rescued', async () => {
    const savedAt = '2026-11-22T12:00:00Z';
    const listed = {
      update: 40,
      attempt: 1,
      kind: 'Step',
      sizeBytes: 1000,
      savedAt,
      verdict: 'Condemned',
    } as const;
    bench.setStatus({ checkpoints: { count: 1, bytes: 1000, newest: [listed] } });
    const { out } = await pin('xiaoyi-zh@40', ...because);
    expect(out).toMatch(/It was condemned: now it stays\.\n$/);
  });

  test('one that goes in that very moment is said to be gone', async () => {
    bench.cluster.after = ({ verb }) => {
      if (verb === 'claim') bench.objects.objects.delete(`${prefix}attempts/0001-11111111/steps/model_40.pt`);
    };
    const { code, err } = await pin('xiaoyi-zh@40', ...because);
    expect(code).toBe(1);
    expect(err).toContain('it is too late');
  });

  test.each([
    {
      args: ['xiaoyi-zh@45', ...because],
      code: 1,
      words: /no checkpoint of update 45 on the lineage\. Saved on the lineage: 40, 50/,
    },
    {
      args: ['xiaoyi-zh@60', ...because],
      code: 1,
      words: /Abandoned, to be named with their attempt: of attempt 1: 60/,
    },
    { args: ['xiaoyi-zh@40', ...because, '--attempt', '2'], code: 1, words: /of update 40 of attempt 2/ },
    {
      args: ['xiaoyi-zh@40', ...because, '--until', '2020-01-01'],
      code: 2,
      words: /which is over: the store's clock says 2026/,
    },
    { args: ['xiaoyi-zh@40', ...because, '--until', 'soon'], code: 2, words: /write a time in UTC/ },
    { args: ['xiaoyi-zh@40'], code: 2, words: /--reason is missing/ },
    { args: ['xiaoyi-zh@40', '--reason', 'x'.repeat(257)], code: 2, words: /longer than 256/ },
    { args: ['xiaoyi-zh', ...because], code: 2, words: /names no update/ },
    { args: ['xiaoyi-zh@40', ...because, '--attempt', '0'], code: 2, words: /from 1/ },
    { args: ['other@40', ...because], code: 1, words: /nothing of one below prod\/voice\/other\// },
  ])('refuses $args', async ({ args, code, words }) => {
    const ended = await pin(...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toMatch(words);
    expect(pins()).toBeUndefined();
  });

  test('refuses what is of a former run that was not taken over', async () => {
    bench.bucket.seedRun('former-uid');
    expect((await pin('xiaoyi-zh@40', ...because)).err).toContain('has not taken over');
  });

  test('refuses more than the spec takes', async () => {
    const many = Array.from({ length: 256 }, (_, index) => ({ update: index + 1, attempt: 9 }));
    bench.patchRun({ spec: { pins: many } });
    expect((await pin('xiaoyi-zh@40', ...because)).err).toContain('256 pins');
  });

  test('refuses more than a policy allows, where the user may see it', async () => {
    bench.cluster.storage.seed(namespaces, { metadata: { name: 'voice', labels: { tts: 'true' } } });
    const spec = { selector: {}, mode: 'Enforce', ceiling: { maxPinsPerRun: 1 } };
    bench.cluster.storage.seed(policies, {
      apiVersion,
      kind: policies.kind,
      metadata: { name: 'few' },
      spec,
    });
    bench.patchRun({ spec: { pins: [{ update: 50, attempt: 2 }] } });
    expect((await pin('xiaoyi-zh@40', ...because)).err).toContain('CheckpointRetentionPolicy few allows 1');
    expect(await pin('xiaoyi-zh@50', ...because)).toMatchObject({ code: 0 });
    bench.cluster.before = ({ plural }) => {
      if (plural === policies.plural) throw refusal('Forbidden');
    };
    expect(await pin('xiaoyi-zh@40', ...because)).toMatchObject({ code: 0 });
  });
});
