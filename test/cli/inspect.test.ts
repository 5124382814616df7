// inspect over the user's files, objects and runs: what it prints, what it costs, when it ends with 1.
import { describe, expect, test } from 'vitest';
import { first, second } from '../support/agent-bench.ts';
import { checkpointAt, flipped, genuine, torn } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';

interface Report {
  readonly file: string;
  readonly complete: boolean;
  readonly kind: string;
  readonly update: number | null;
  readonly verified?: boolean;
  readonly tensors?: readonly object[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

async function inspectJson(bench: CliBench, ...args: readonly string[]) {
  const ended = await bench.run('inspect', ...args, '-o', 'json');
  return { ...ended, reports: JSON.parse(ended.out) as readonly Report[] };
}

describe('files', () => {
  test('several at once, in order, in words a person reads', async () => {
    const bench = new CliBench();
    bench.write('a.pt', genuine('full-update48.pt'));
    bench.write('b.safetensors', genuine('ema.safetensors'));
    const { code, out, err } = await bench.run('inspect', 'a.pt', 'b.safetensors');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^a\.pt\n {2}kind +full/);
    expect(out).toContain('update      48 of 48 (100 %)\n');
    expect(out).toMatch(/\n\nb\.safetensors\n {2}kind +EMA weights only/);
  });

  test('--tensors lists what it holds, for a person and for a program', async () => {
    const bench = new CliBench();
    bench.write('a.pt', genuine('ema-only.pt'));
    const { out } = await bench.run('inspect', '--tensors', 'a.pt');
    expect(out).toMatch(/^ {4}ema_model_state_dict +ema_model\.transformer\.\S+ +F32 +\[\d+(, \d+)*\]$/m);
    const { reports } = await inspectJson(bench, '--tensors', 'a.pt');
    const { tensors = [] } = reports[0] ?? {};
    expect(tensors.length).toBe(out.match(/^ {4}ema_model_state_dict/gm)?.length);
    expect(Object.keys(tensors[0] ?? {})).toEqual(['group', 'name', 'dtype', 'shape', 'device']);
  });

  test('one that is missing is named; the others are still told', async () => {
    const bench = new CliBench();
    bench.write('a.pt', genuine('full-update48.pt'));
    const { code, err, reports } = await inspectJson(bench, 'gone.pt', 'a.pt');
    expect({ code, err }).toEqual({ code: 1, err: 'error: there is no file gone.pt\n' });
    expect(reports.map(({ file }) => file)).toEqual(['a.pt']);
  });

  test('a directory is no file', async () => {
    const bench = new CliBench();
    bench.disk.addDirectory('/home/user/ckpts');
    expect(await bench.run('inspect', './ckpts')).toMatchObject({
      code: 1,
      err: 'error: ./ckpts is not a file\n',
    });
  });

  test('an existing file wins over a run of its name; ttsr/NAME is always the run', async () => {
    const bench = new CliBench();
    bench.write('xiaoyi-zh', genuine('full-update45.pt'));
    expect((await inspectJson(bench, 'xiaoyi-zh')).reports[0]?.update).toBe(45);
    const asRun = await bench.run('inspect', 'ttsr/xiaoyi-zh');
    expect(asRun.err).toMatch(/no TTSTrainingRun "xiaoyi-zh" in namespace "voice"/);
  });

  test('a name that is neither says so', async () => {
    const bench = new CliBench();
    bench.noCluster = 'no Kubernetes API server is configured';
    const { code, err } = await bench.run('inspect', 'model');
    expect(code).toBe(1);
    expect(err).toMatch(/no file model, and no run of this name can be looked for: no Kubernetes API server/);
  });
});

describe('what is not whole ends with 1 and says why', () => {
  const whole = checkpointAt(48);
  const python = Buffer.from('\u0080\u0002cposix\nsystem\nX\u0004\0\0\0trueR.', 'latin1');
  test.each([
    { name: 'truncated', bytes: torn(whole), complete: false },
    { name: 'empty', bytes: new Uint8Array(0), complete: false },
    { name: 'one byte short', bytes: whole.slice(0, -1), complete: false },
    { name: 'of text', bytes: Buffer.from('not a checkpoint'), complete: false },
    { name: 'of zeros', bytes: new Uint8Array(4096), complete: false },
    { name: 'a pickle that would run a program', bytes: python, complete: false },
  ])('$name', async ({ bytes, complete }) => {
    const bench = new CliBench();
    bench.write('x.pt', bytes);
    const { code, err, reports } = await inspectJson(bench, 'x.pt', '--verify');
    expect({ code, err, complete: reports[0]?.complete }).toEqual({ code: 1, err: '', complete });
    expect(reports[0]?.problems[0]).toEqual({
      code: expect.stringMatching(/^\w+$/),
      message: expect.stringMatching(/\S/),
    });
    expect(await bench.run('inspect', 'x.pt')).toMatchObject({ code: 1, err: '' });
  });

  test('a flipped bit is found by --verify alone', async () => {
    const bench = new CliBench();
    bench.write('x.pt', flipped(whole));
    expect((await inspectJson(bench, 'x.pt')).code).toBe(0);
    const { code, reports } = await inspectJson(bench, 'x.pt', '--verify');
    expect(code).toBe(1);
    expect(reports[0]).toMatchObject({
      complete: true,
      verified: false,
      problems: [{ code: 'CrcMismatch' }],
    });
    expect((await bench.run('inspect', '--verify', 'x.pt')).out).toMatch(
      /verified +NO: the bytes are damaged/,
    );
  });
});

describe('--verify', () => {
  test('tells the CRC32 of what was proven', async () => {
    const bench = new CliBench();
    bench.write('x.pt', genuine('full-update48.pt'));
    expect((await inspectJson(bench, '--verify', 'x.pt')).reports[0]?.verified).toBe(true);
    expect((await bench.run('inspect', '--verify', 'x.pt')).out).toMatch(/verified +yes, CRC32 f64382d3\n/);
  });

  test('never calls verified what holds no checksums', async () => {
    const bench = new CliBench();
    bench.write('x.safetensors', genuine('ema.safetensors'));
    const { code, reports } = await inspectJson(bench, '--verify', 'x.safetensors');
    expect({ code, verified: reports[0]?.verified }).toEqual({ code: 0, verified: false });
  });

  test('of an object compares the CRC32 noted when it was saved', async () => {
    const bench = new CliBench();
    const key = bench.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 48 }, checkpointAt(48));
    expect(await bench.run('inspect', '--verify', `s3://ckpts/${key}`)).toMatchObject({ code: 0 });
    bench.objects.damage(key, () => checkpointAt(45));
    const { code, reports } = await inspectJson(bench, '--verify', `s3://ckpts/${key}`);
    expect({ code, problem: reports[0]?.problems[0]?.code }).toEqual({ code: 1, problem: 'CrcMismatch' });
  });
});

function withTwoAttempts(): CliBench {
  const bench = new CliBench();
  bench.seedRun();
  bench.bucket.seedAttempt(first);
  bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update: 40 }, checkpointAt(40));
  bench.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 90 }, checkpointAt(90));
  bench.bucket.seedAttempt(second, { attempt: first, update: 40 });
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Last', update: 50 }, checkpointAt(50));
  bench.bucket.seedCheckpoint({ attempt: second, kind: 'Step', update: 50 }, checkpointAt(50));
  return bench;
}

describe('objects and runs', () => {
  test('an s3:// address costs a HEAD and at most two ranges of less than 1 MB', async () => {
    const bench = new CliBench();
    const key = bench.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 48 }, checkpointAt(48));
    const { code, reports } = await inspectJson(bench, `s3://ckpts/${key}`);
    expect({ code, file: reports[0]?.file, update: reports[0]?.update }).toEqual({
      code: 0,
      file: `s3://ckpts/${key}`,
      update: 48,
    });
    const asked = bench.objects.faults.requests.map(({ operation }) => operation);
    expect(asked.slice(0, 2)).toEqual(['head', 'getRange']);
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(bench.choices).toEqual([]);
  });

  test('an object that is not there is named', async () => {
    expect(await new CliBench().run('inspect', 's3://ckpts/none.pt')).toMatchObject({
      code: 1,
      err: 'error: there is no object s3://ckpts/none.pt\n',
    });
  });

  test.each([
    { target: 'xiaoyi-zh', key: 'attempts/0002-22222222/last/model_50.pt' },
    { target: 'xiaoyi-zh@50', key: 'attempts/0002-22222222/last/model_50.pt' },
    { target: 'ttsr/xiaoyi-zh@40', key: 'attempts/0001-11111111/steps/model_40.pt' },
  ])('$target means $key', async ({ target, key }) => {
    const { code, reports } = await inspectJson(withTwoAttempts(), target);
    expect(code).toBe(0);
    expect(reports[0]?.file).toBe(`s3://ckpts/prod/voice/xiaoyi-zh/${key}`);
  });

  test.each([
    {
      target: 'xiaoyi-zh@90',
      says: /update 90 was abandoned .* key: prod\/voice\/xiaoyi-zh\/attempts\/0001-11111111\/last/,
    },
    { target: 'xiaoyi-zh@41', says: /no checkpoint of update 41; the nearest are of 40, 50/ },
    { target: 'other-run', says: /no TTSTrainingRun "other-run" in namespace "voice"/ },
  ])('$target is refused with what there is', async ({ target, says }) => {
    const { code, err } = await withTwoAttempts().run('inspect', target);
    expect(code).toBe(1);
    expect(err).toMatch(says);
  });

  test('the bucket of another run is no place to look', async () => {
    const bench = new CliBench();
    bench.seedRun({}, 'somebody-else');
    const { code, err } = await bench.run('inspect', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toMatch(/has a run\.json of run UID somebody-else/);
  });
});
