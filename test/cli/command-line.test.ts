// The frame: which command is meant, what is refused and how, help for everything, exit codes.
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { commonOptions } from '../../src/cli/command-line.ts';
import { genuine } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';

describe('wrong usage ends with 2, and names the argument and the cure', () => {
  test.each([
    { args: ['inspect'], says: /^error: FILE.* is missing: a file, an object, or a run/ },
    { args: ['inspect', ''], says: /an argument is empty/ },
    {
      args: ['inspekt', 'x.pt'],
      says: /no command "inspekt": the commands are .*inspect, checkpoints, plan, explain, inventory, usage, orphans, pull/,
    },
    {
      args: ['inspect', 'x.pt', '--verfy'],
      says: /no option --verfy here: the options are .*--verify, --output \(-o\), /,
    },
    { args: ['inspect', 'x.pt', '-z'], says: /no option -z here/ },
    { args: ['inspect', 'x.pt', '-o', 'yaml'], says: /-o is "yaml": it must be json/ },
    { args: ['inspect', 'x.pt', '-o'], says: /-o needs a value: -o json/ },
    { args: ['inspect', 'x.pt', '--namespace='], says: /--namespace needs a value: --namespace NAMESPACE/ },
    { args: ['inspect', 'x.pt', '--verify=yes'], says: /--verify takes no value: leave "=yes" out/ },
    {
      args: ['inspect', 's3://bucket'],
      says: /"s3:\/\/bucket" does not name an object: write s3:\/\/BUCKET\/KEY/,
    },
    { args: ['inspect', 's3://b/k', '--endpoint', 'host:9000/x'], says: /--endpoint must be the URL/ },
    { args: ['checkpoints'], says: /RUN is missing: name of a TTSTrainingRun/ },
    { args: ['checkpoints', 'a', 'b'], says: /"b" is one argument too many: checkpoints takes RUN/ },
    { args: ['checkpoints', 'Not_A_Run'], says: /"Not_A_Run" is not a run: write its name/ },
    { args: ['checkpoints', 'run@40'], says: /without @40/ },
    { args: ['pull', 'model.pt'], says: /"model.pt" is not a run/ },
    { args: ['--verbose'], says: /no command is given: try kubectl reprise --help/ },
  ])('$args', async ({ args, says }) => {
    const ended = await new CliBench().run(...args);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(says);
    expect(ended.err).toMatch(/\n(Usage: kubectl reprise \w+ |See kubectl reprise --help)/);
  });
});

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j lists the commands', async (args) => {
    const { code, out, err } = await new CliBench().run(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { name, summary } of commands)
      expect(out).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  });

  describe.each(commands)('of $name', (command) => {
    const { name, options, examples, arguments: args } = command;

    test('by --help, also among other arguments, and by help', async () => {
      const byOption = await new CliBench().run(name, '--help');
      expect(byOption).toMatchObject({ code: 0, err: '' });
      expect(await new CliBench().run('x', name, '-h')).toMatchObject({ code: 2 });
      expect(await new CliBench().run('help', name)).toEqual(byOption);
      expect(await new CliBench().run(name, 'whatever', '-h')).toEqual(byOption);
    });

    test('tells every argument, every option and an example of each use', async () => {
      const { out } = await new CliBench().run(name, '--help');
      for (const option of [...options, ...commonOptions]) {
        expect(out).toMatch(new RegExp(`--${option.name}\\b`));
        expect(out).toContain(option.help);
      }
      for (const argument of args) expect(out).toContain(argument.help);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(out).toContain(`kubectl reprise ${example}`);
    });

    test('has no two options of one name or letter', () => {
      const names = [...options, ...commonOptions].flatMap((option) =>
        [option.name, option.short ?? []].flat(),
      );
      expect(new Set(names).size).toBe(names.length);
    });
  });
});

test('--version tells the version', async () => {
  expect(await new CliBench().run('--version')).toEqual({ code: 0, out: 'reprise 9.9.9\n', err: '' });
});

test('options may stand before and after the command and its arguments', async () => {
  const bench = new CliBench();
  bench.write('a.pt', genuine('full-update48.pt'));
  const after = await bench.run('inspect', 'a.pt', '--output', 'json');
  expect(after).toMatchObject({ code: 0, err: '' });
  expect(await bench.run('-ojson', 'inspect', 'a.pt')).toEqual(after);
  expect(await bench.run('inspect', '-o=json', '--', 'a.pt')).toEqual(after);
  expect(await bench.run('inspect', '--output=json', '--', 'a.pt')).toEqual(after);
});

test("kubectl's options reach the cluster, and it is closed again", async () => {
  const bench = new CliBench();
  bench.seedRun();
  await bench.run('checkpoints', 'xiaoyi-zh', '--kubeconfig', '/k', '--context', 'prod', '-n', 'voice');
  expect(bench.choices).toEqual([{ kubeconfig: '/k', context: 'prod' }]);
  const elsewhere = await bench.run('checkpoints', 'xiaoyi-zh', '-n', 'elsewhere');
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.err).toMatch(/no TTSTrainingRun "xiaoyi-zh" in namespace "elsewhere"/);
  expect(bench.openClusters).toBe(0);
});

test('an error is one line without control codes', async () => {
  const ended = await new CliBench().run('inspect', 'no\u001b[31m\nsuch.pt');
  expect(ended).toMatchObject({ code: 1, err: 'error: there is no file no\\u{1b}[31m\\u{a}such.pt\n' });
});
