// What each command tells a user whose rights do not suffice: who may not do what to which object, and the right to ask for; and only cures
// that this command takes.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { first } from '../support/agent-bench.ts';
import { checkpointAt } from '../support/checkpoints.ts';
import { CliBench, type Ended } from '../support/cli-bench.ts';
import { refusal } from '../support/fake-cluster.ts';

const who = 'system:serviceaccount:voice:someone';
const groups: Readonly<Record<string, string>> = {
  ttstrainingruns: 'reprise.dev',
  checkpointstores: 'reprise.dev',
  checkpointretentionpolicies: 'reprise.dev',
  jobs: 'batch',
};

interface Asked {
  readonly verb: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** The API server's sentence, word for word. */
function sentence({ verb, plural, namespace, name }: Asked): string {
  const group = groups[plural] ?? '';
  const what = `${plural}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` "${name}"`}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${what} is forbidden: User "${who}" cannot ${verb} resource "${plural}" in API group "${group}" ${where}`;
}

/** A cluster in which everything is forbidden but to do this, `get ttstrainingruns`. */
function bench(...rights: readonly string[]): CliBench {
  const made = new CliBench();
  made.seedRun({ store: 'main', attempt: 1 });
  made.bucket.seedAttempt(first);
  made.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 48 }, checkpointAt(48));
  made.ambient = 'NoCredentials';
  made.cluster.before = (asked) => {
    if (!rights.includes(`${asked.verb} ${asked.plural}`)) throw refusal('Forbidden', sentence(asked));
  };
  return made;
}

const name = 'xiaoyi-zh';

/** One command line of every command; `needs`: what its first refusal names when the user may only get runs. */
const lines: readonly { readonly args: readonly string[]; readonly needs?: string }[] = [
  { args: ['status'], needs: 'list ttstrainingruns.reprise.dev in namespace "voice"' },
  { args: ['status', name] },
  { args: ['why', name] },
  { args: ['attempts', name] },
  { args: ['logs', name], needs: 'list pods in namespace "voice"' },
  { args: ['inspect', name], needs: 'get checkpointstores.reprise.dev "main" at the cluster scope' },
  { args: ['checkpoints', name] },
  { args: ['checkpoints', name, '--bucket'], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['plan', name] },
  { args: ['explain', `${name}@48`], needs: 'told' },
  { args: ['inventory', 'main'], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['usage'], needs: 'list checkpointstores.reprise.dev at the cluster scope' },
  { args: ['orphans'], needs: 'list ' },
  { args: ['pull', name], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['export', name, '--ema'], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['suspend', name], needs: 'patch ttstrainingruns.reprise.dev "xiaoyi-zh" in namespace "voice"' },
  { args: ['resume', name] },
  { args: ['retry', name] },
  { args: ['rollback', name, '--to', '48'], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['fork', name, 'other'], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['pin', `${name}@48`, '--reason', 'good'], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['unpin', `${name}@48`], needs: 'get checkpointstores.reprise.dev "main"' },
  { args: ['approve', name, '--yes'] },
];

test('every command is tried', () => {
  expect(new Set(lines.map(({ args: [command] }) => command))).toEqual(
    new Set(commands.map((command) => command.name)),
  );
});

const named = lines.map((line) => ({ ...line, line: line.args.join(' ') }));

function expectRefusal({ code, out, err }: Ended): void {
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: [^\n]*\n$/);
  expect(err).toContain(`User "${who}" cannot `);
  expect(err).toMatch(/: ask for a (Role in that namespace|ClusterRole) that allows it/);
}

describe('a user who may nothing', () => {
  test.each(named)('is told by $line who cannot do what', async ({ args }) => {
    const one = bench();
    expectRefusal(await one.run(...args));
    expect(one.openClusters).toBe(0);
  });
});

describe('a user who may only get runs', () => {
  test('is told by plan that no checkpoint was seen, not that there are none', async () => {
    const { out } = await bench('get ttstrainingruns').run('plan', name);
    expect(out).toMatch(/^ {2}bytes +no checkpoint was seen$/m);
    expect(out).toMatch(/^ {2}stopped +nothing of it is deleted: /m);
  });

  test('is told by explain that a checkpoint may well be there', async () => {
    const { code, out, err } = await bench('get ttstrainingruns').run('explain', `${name}@48`);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`cannot get checkpointstores.reprise.dev "main" at the cluster scope: ask for `);
    expect(err).toContain(
      'error: whether the run xiaoyi-zh has a checkpoint of update 48 cannot be told: the store cannot be seen from here\n',
    );
  });

  test.each(named.filter(({ needs = 'told' }) => needs !== 'told'))(
    'is told by $line what else it takes',
    async ({ args, needs = '' }) => {
      const ended = await bench('get ttstrainingruns').run(...args);
      expectRefusal(ended);
      expect(ended.err).toContain(`cannot ${needs}`);
    },
  );

  test.each(named.filter(({ needs }) => needs === undefined))(
    'is answered by $line, with what was not seen',
    async ({ args }) => {
      const { code, out, err } = await bench('get ttstrainingruns').run(...args);
      expect(code).toBe(0);
      expect(`${out}${err}`).not.toBe('');
      expect(`${out}${err}`).not.toMatch(/ is forbidden: | resource "/);
    },
  );

  const takesAddresses = ['inspect', 'pull', 'export'];
  test.each(named.filter(({ needs }) => needs?.includes('"main"')))(
    'is told by $line of an s3:// address only where it takes one',
    async ({ args }) => {
      const { err } = await bench('get ttstrainingruns').run(...args);
      expect(err.includes('s3://')).toBe(takesAddresses.includes(args[0] ?? ''));
    },
  );
});

describe('other refusals keep the words of the API server', () => {
  test.each([
    {
      name: 'of a quota',
      words: 'ttstrainingruns.reprise.dev "other" is forbidden: exceeded quota: runs, used: 4, limited: 4',
      says: 'error: ttstrainingruns.reprise.dev "other" is forbidden: exceeded quota: runs, used: 4, limited: 4\n',
    },
    {
      name: 'of an authorizer that says more',
      words: `${sentence({ verb: 'get', plural: 'ttstrainingruns', namespace: 'voice', name })}: requires one of ["x.get"] permission(s).`,
      says: `error: User "${who}" cannot get ttstrainingruns.reprise.dev "xiaoyi-zh" in namespace "voice" (requires one of ["x.get"] permission(s)): ask for a Role in that namespace that allows it\n`,
    },
    {
      name: 'of a namespace, which the API server takes to lie in itself',
      words: sentence({ verb: 'get', plural: 'namespaces', namespace: 'voice', name: 'voice' }),
      says: `error: User "${who}" cannot get namespaces "voice" at the cluster scope: ask for a ClusterRole that allows it\n`,
    },
    {
      name: 'of credentials that nobody knows',
      words: 'Unauthorized',
      says: 'error: the API server does not know who you are (Unauthorized): the credentials of this context have expired, or are those of another cluster; kubectl auth whoami, with the same context, tells the same\n',
    },
  ])('$name', async ({ words, says }) => {
    const one = bench();
    one.cluster.before = () => {
      throw refusal('Forbidden', words);
    };
    expect((await one.run('status', name)).err).toBe(says);
  });
});

describe('a cluster that has no Reprise', () => {
  const unknown = 'the API server knows no such kind (404 page not found): ';
  test.each(named.filter(({ args: [command] }) => command !== 'inventory'))(
    '$line says so',
    async ({ args }) => {
      const one = new CliBench();
      one.cluster.before = ({ verb }) => {
        if (verb !== 'get') throw refusal('NotFound', '404 page not found');
      };
      const { code, out, err } = await one.run(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain(
        `${unknown}Reprise is not installed in this cluster, or --context is to name another`,
      );
    },
  );
});

test('a run that is not there is looked for no further by who may not list runs', async () => {
  const one = bench('get ttstrainingruns');
  expect((await one.run('status', 'nothere')).err).toMatch(
    /^error: there is no TTSTrainingRun "nothere" in namespace "voice": /,
  );
});

/** The verbs of the port that a right of the documentation allows. */
const meant: Readonly<Record<string, readonly string[]>> = {
  'get pods/log': ['logTail pods', 'logHead pods', 'logLines pods'],
  'patch ttstrainingruns': ['patch ttstrainingruns', 'claim ttstrainingruns'],
};

const documented = [
  ...readFileSync('docs/cli.md', 'utf8').matchAll(/^\| (`[^|]*`) \| (`(?:get|list) [^|]*) \|$/gm),
].flatMap(([, commandsOfRow = '', rights = '']) =>
  [...commandsOfRow.matchAll(/`([^`]+)`/g)].map(([, line = '']) => ({
    line,
    rights: [...rights.matchAll(/`(\w+ [a-z/]+)`/g)].map(([, right = '']) => right),
  })),
);

describe('the rights that the documentation names suffice', () => {
  test('and are read from it', () => {
    expect(documented).toHaveLength(17);
  });

  test.each(documented)('for $line', async ({ line, rights }) => {
    const one = bench(...rights.flatMap((right) => meant[right] ?? [right]));
    one.ambient = 'ok';
    if (line.startsWith('unpin'))
      one.patchRun({ spec: { pins: [{ update: 48, attempt: 1, reason: 'good' }] } });
    const args = line.replace('UPDATE', '48').replace('RUN', name).replace('NEW', 'other').split(' ');
    const { err } = await one.run(...args);
    expect(err).not.toMatch(/cannot \w+ \S+ (at|in)|: it must|Usage/);
  });
});
