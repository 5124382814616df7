// The program as a process: the genuine files against the trainer's own values, exit codes, a cluster and a bucket over real
// sockets, and signals.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { genuine } from '../support/checkpoints.ts';
import { CliStage, fromSources, runProcess } from '../support/cli-stage.ts';
import { ioUntil } from '../support/passing-time.ts';
import { fakeCredentials } from '../support/fake-s3/fake-s3-server.ts';

const fixtures = join(import.meta.dirname, '../fixtures/f5-tts');
type Facts = Readonly<Record<string, unknown>>;
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Readonly<
  Record<string, Facts>
>;
const files = Object.keys(expected).filter((name) => !name.startsWith('_'));

const fields =
  'file format kind counter update schedulerLastEpoch totalIters worldSize plannedUpdates percent archivePrefix vocabRows parameters complete problems';

describe('inspect over the genuine files', () => {
  let ended: unknown;
  let reports: readonly Facts[];
  beforeAll(async () => {
    const { code, out, err } = await runProcess(fromSources('inspect', '-o', 'json', ...files), {
      directory: fixtures,
    });
    ended = { code, err };
    reports = JSON.parse(out) as readonly Facts[];
  });

  test('ends with 0 and says nothing beside the data', () => {
    expect(ended).toEqual({ code: 0, err: '' });
  });

  test('one object for each, in order, with exactly the promised fields', () => {
    expect(reports.map(({ file }) => file)).toEqual(files);
    for (const report of reports) expect(Object.keys(report).join(' ')).toBe(fields);
  });

  test.each(files)('%s is what the trainer wrote', (name) => {
    const { note: _note, ...truth } = expected[name] ?? {};
    const report = reports.find(({ file }) => file === name);
    expect(report).toMatchObject({ ...truth, complete: true, problems: [] });
  });

  test('every byte of them holds', async () => {
    const { code, out } = await runProcess(fromSources('inspect', '--verify', '-o', 'json', ...files), {
      directory: fixtures,
    });
    expect(code).toBe(0);
    const verified = (JSON.parse(out) as readonly Facts[]).filter(({ verified }) => verified === true);
    expect(verified.map(({ file }) => file)).toEqual(files.filter((name) => name.endsWith('.pt')));
  });
});

describe('before a cluster and a bucket', () => {
  let stage: CliStage;
  beforeAll(async () => {
    stage = await CliStage.start();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("checkpoints --bucket with the agents' Secret, in the context's namespace", async () => {
    const { code, out, err } = await stage.run(['checkpoints', 'xiaoyi-zh', '--bucket']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^\* +48 +1 +Last +1\.00 MB +\d+\w+ +current$/m);
    expect(out).toMatch(/^ +45 +1 +Step /m);
  });

  test('pull, then inspect what arrived', async () => {
    expect(await stage.run(['pull', 'xiaoyi-zh', 'voice.pt'])).toMatchObject({ code: 0, out: 'voice.pt\n' });
    expect(Buffer.compare(readFileSync(join(stage.home, 'voice.pt')), genuine('full-update48.pt'))).toBe(0);
    expect(await stage.run(['inspect', '--verify', 'voice.pt'])).toMatchObject({ code: 0 });
  });

  test('what it changes of a run, it changes under a name of its own', async () => {
    expect(await stage.run(['suspend', 'xiaoyi-zh'])).toMatchObject({ code: 0 });
    const written = stage.api.requests.filter(({ method }) => method !== 'GET');
    expect(written.map(({ query }) => query.get('fieldManager'))).toEqual(['kubectl-reprise']);
  });

  test('export of an update by its s3:// address, with credentials and endpoint of the environment', async () => {
    const address = 's3://fake-bucket/prod/voice/xiaoyi-zh/attempts/0001-11111111/steps/model_45.pt';
    const env = {
      AWS_ENDPOINT_URL: stage.s3.endpoint,
      AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
    };
    const ended = await stage.run(['export', address, '--ema', '-o', 'v.safetensors'], { env });
    expect(ended).toMatchObject({ code: 0, out: 'v.safetensors\n' });
  });

  test('without any credentials both ways are named, in a sentence', async () => {
    stage.api.faults.plan({ kind: 'status', code: 403 }, ({ path }) => path.includes('/secrets/'));
    const { code, out, err } = await stage.run(['checkpoints', 'xiaoyi-zh', '--bucket']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^error: no credentials open .*Your AWS environment or profile "default": .*The agents' Secret voice\/reprise-store: .*\n$/,
    );
  });
});

describe('an AWS environment that cannot be used', () => {
  const env = { HOME: '/nowhere', AWS_ENDPOINT_URL: 'minio' };
  test('does not matter to who looks into a file', async () => {
    const ended = await runProcess(fromSources('inspect', 'ema-only.pt'), { directory: fixtures, env });
    expect(ended).toMatchObject({ code: 0, err: '' });
  });

  test('is named to who asks for an object', async () => {
    const ended = await runProcess(fromSources('inspect', 's3://b/k'), { directory: fixtures, env });
    expect(ended).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error: AWS_ENDPOINT_URL is not the URL/),
    });
  });
});

describe('a signal ends it at once, whatever it waits for', () => {
  test.each([
    { signal: 'SIGINT', code: 130, err: 'error: interrupted\n' },
    { signal: 'SIGTERM', code: 143, err: 'error: terminated\n' },
  ] as const)('$signal', async ({ signal, code, err }) => {
    await using stage = await CliStage.start();
    stage.api.faults.plan({ kind: 'stall' });
    const ended = await stage.run(['checkpoints', 'xiaoyi-zh'], {
      started: (kill) => void ioUntil(() => stage.api.requests.length > 0).then(() => kill(signal)),
    });
    expect(ended).toEqual({ code, out: '', err });
  });
});

test('Ctrl-C ends status --watch with 0, and leaves nothing open', async () => {
  await using stage = await CliStage.start();
  const ended = await stage.run(['status', '--watch'], {
    started: (kill) => void ioUntil(() => stage.api.watches.size > 0).then(() => kill('SIGINT')),
  });
  expect(ended).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^xiaoyi-zh /m) });
});

describe('ends in words, never in a stack trace', () => {
  const env = { HOME: '/nowhere', KUBECONFIG: '/nowhere/config' };
  test.each([
    { args: ['inspect'], code: 2, says: /FILE.* is missing/ },
    { args: ['inspect', 'gone.pt'], code: 1, says: /^error: there is no file gone\.pt\n$/ },
    { args: ['inspect', '/dev/zero'], code: 1, says: /^error: \/dev\/zero is not a file\n$/ },
    { args: ['checkpoints', 'run'], code: 1, says: /^error: cannot read .*\n$/ },
    {
      args: ['checkpoints', 'run', '--kubeconfig', '/nowhere'],
      code: 1,
      says: /^error: cannot read \/nowhere: .*\n$/,
    },
    {
      args: ['pull', 's3://b/k', '--endpoint', 'http://127.0.0.1:1'],
      code: 1,
      says: /^error: Your AWS environment or profile "default": no credentials were found \(Could not load .*\): set AWS_ACCESS_KEY_ID/,
    },
  ])('$args', async ({ args, code, says }) => {
    const ended = await runProcess(fromSources(...args), { env, directory: '/tmp' });
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(says);
    expect(ended.err).not.toMatch(/^\s+at /m);
  });
});
