// The command lines of the documents, run one after another as a reader would: each ends with 0, and where a document shows what
// is printed, exactly that is printed.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { CliStage, runProcess } from '../support/cli-stage.ts';
import { fakeCredentials } from '../support/fake-s3/fake-s3-server.ts';

const root = join(import.meta.dirname, '../..');

interface Example {
  readonly line: string;
  readonly args: readonly string[];
  /** What the document says is printed. */
  readonly shown: string | undefined;
}

/** The examples of a document: shell blocks, and a plain block right after one. */
function examplesOf(file: string): readonly Example[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?/gms)].flatMap(
    ([, block = '', shown]) =>
      block.split('\n').flatMap((line) => {
        const [, words] = /^(?:kubectl reprise|npm run --silent reprise --) ([^#]+)/.exec(line) ?? [];
        return words === undefined ? [] : [{ line, args: words.trim().split(/\s+/), shown }];
      }),
  );
}

/** Files that a document shows: blocks that begin with a language and a name. */
const filesOf = (file: string): readonly (readonly [string, string])[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^```[a-z]+ (\S+)\n(.*?)^```\n/gms)].map(
    ([, name = '', text = '']) => [name, text],
  );

// The documents speak of an update as large as it is in life; the stage has one of 45.
const staged = (arg: string): string =>
  arg.replaceAll('40000', '45').replace('s3://voice-ckpts/', 's3://fake-bucket/');

describe.each([
  {
    file: 'README.md',
    shows: ['attempts', 'checkpoints', 'export', 'inspect', 'logs', 'pull', 'status', 'why'],
  },
  { file: 'docs/cli.md', shows: commands.map(({ name }) => name).toSorted() },
])('$file', ({ file, shows }) => {
  let stage: CliStage;
  beforeAll(async () => {
    stage = await CliStage.start();
    const fixtures = 'test/fixtures/f5-tts';
    cpSync(join(root, fixtures), join(stage.home, fixtures), { recursive: true });
    for (const [name, text] of filesOf(file)) writeFileSync(join(stage.home, name), text);
    mkdirSync(join(stage.home, 'ckpts'));
    cpSync(join(root, fixtures, 'full-update48.pt'), join(stage.home, 'ckpts/model_last.pt'));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test.each(examplesOf(file))('$line', async ({ args, shown }) => {
    const env = {
      AWS_ENDPOINT_URL: stage.s3.endpoint,
      AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
    };
    const { code, out, err } = await stage.run(args.map(staged), { env });
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(shown ?? out).toBe(out);
  });

  test('shows the commands it should', () => {
    const named = new Set(examplesOf(file).map(({ args: [name = ''] }) => name));
    expect([...named].toSorted()).toEqual(shows);
  });
});

test('from a clone, npm runs it and adds nothing to what it prints', async () => {
  const file = 'test/fixtures/f5-tts/full-update48.pt';
  const line = ['npm', 'run', '--silent', 'reprise', '--', 'inspect', '-o', 'json', file] as const;
  const { code, out } = await runProcess(line, { directory: root, env: { HOME: '/nowhere' } });
  expect(code).toBe(0);
  expect((JSON.parse(out) as readonly { readonly file: string }[]).map((report) => report.file)).toEqual([
    file,
  ]);
});
