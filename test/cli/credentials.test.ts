// With whose credentials a run's bucket is opened: the user's own, then the agents' Secret, else an error that names both.
import { describe, expect, test } from 'vitest';
import { secrets, stores } from '../../src/ports/kinds.ts';
import { first } from '../support/agent-bench.ts';
import { checkpointAt } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';
import { refusal } from '../support/fake-cluster.ts';

const secretName = { namespace: 'voice', name: 'reprise-store' };
const args = ['checkpoints', 'xiaoyi-zh', '--bucket'] as const;

function bench(): CliBench {
  const made = new CliBench();
  made.seedRun();
  made.bucket.seedAttempt(first);
  made.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 48 }, checkpointAt(48));
  return made;
}

const secretReads = ({ cluster }: CliBench): number =>
  cluster.calls.filter(({ plural }) => plural === 'secrets').length;

test("the user's own come first, and then no Secret is read", async () => {
  const one = bench();
  expect(await one.run(...args)).toMatchObject({ code: 0 });
  expect(secretReads(one)).toBe(0);
});

test.each(['NoCredentials', 'AccessDenied', 'Refused'] as const)(
  "after %s those of the agents' Secret",
  async (code) => {
    const one = bench();
    one.ambient = code;
    expect(await one.run(...args)).toMatchObject({ code: 0, err: '' });
    expect(secretReads(one)).toBe(1);
  },
);

describe('when neither opens it, the error names both and why', () => {
  const own =
    /^error: no credentials open the bucket "ckpts" of the store "main"\. Your AWS environment or profile "default": /;
  test.each([
    {
      name: 'no Secret',
      spoil: (one: CliBench) => one.cluster.storage.delete(secrets, secretName, {}),
      says: /reprise-store: it does not exist\.\n$/,
    },
    {
      name: 'half a Secret',
      spoil: (one: CliBench) =>
        one.cluster.storage.patch(secrets, secretName, { data: { AWS_SECRET_ACCESS_KEY: null } }),
      says: /The agents' Secret voice\/reprise-store: it has no AWS_SECRET_ACCESS_KEY\.\n$/,
    },
    {
      name: 'no right to read it',
      spoil: (one: CliBench) => {
        one.cluster.before = ({ plural }) => {
          if (plural === 'secrets') throw refusal('Forbidden', 'secrets "reprise-store" is forbidden');
        };
      },
      says: /reprise-store: secrets "reprise-store" is forbidden\.\n$/,
    },
    {
      name: 'a Secret the store does not accept',
      spoil: (one: CliBench) => {
        one.agents = 'AccessDenied';
      },
      says: /The agents' Secret voice\/reprise-store: \S/,
    },
  ])('$name', async ({ spoil, says }) => {
    const one = bench();
    one.ambient = 'NoCredentials';
    spoil(one);
    const { code, out, err } = await one.run(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(own);
    expect(err).toMatch(says);
    expect(err).not.toContain('agent-secret');
    expect(one.openClusters).toBe(0);
  });
});

test('a store that is merely away is not asked again with other credentials', async () => {
  const one = bench();
  one.ambient = 'Unavailable';
  expect(await one.run(...args)).toMatchObject({ code: 1 });
  expect(secretReads(one)).toBe(0);
});

test('an s3:// address without credentials says what to set', async () => {
  const one = bench();
  one.ambient = 'NoCredentials';
  const { code, err } = await one.run('inspect', 's3://ckpts/x.pt');
  expect(code).toBe(1);
  expect(err).toMatch(
    /^error: Your AWS environment or profile "default": no credentials were found: set AWS_ACCESS_KEY_ID/,
  );
});

describe('where the bucket is', () => {
  test("a run's is where its store says; --endpoint says otherwise", async () => {
    const one = bench();
    await one.run(...args);
    await one.run(...args, '--endpoint', 'http://127.0.0.1:9000');
    expect(one.addresses.map(({ endpoint, bucket }) => `${endpoint} ${bucket}`)).toEqual([
      'http://s3.voice:7070 ckpts',
      'http://127.0.0.1:9000 ckpts',
    ]);
  });

  test('an s3:// address has its bucket in the path only where AWS is not asked or could not be', async () => {
    const one = bench();
    await one.run('inspect', 's3://plain/x.pt', '--endpoint', 'http://127.0.0.1:9000');
    await one.run('inspect', 's3://plain/x.pt');
    await one.run('inspect', 's3://with.dot/x.pt');
    expect(one.addresses.map(({ forcePathStyle }) => forcePathStyle)).toEqual([true, false, true]);
  });

  test.each([
    {
      name: 'a store that is gone',
      spoil: (one: CliBench) => one.cluster.storage.delete(stores, { name: 'main' }, {}),
      says: /the CheckpointStore "main" of the run voice\/xiaoyi-zh is gone/,
    },
    {
      name: 'a store the user may not read',
      spoil: (one: CliBench) => {
        one.cluster.before = ({ plural }) => {
          if (plural === 'checkpointstores') throw refusal('Forbidden', 'not you');
        };
      },
      says: /without its CheckpointStore nobody can tell where the checkpoints of voice\/xiaoyi-zh are: not you/,
    },
  ])('$name is named', async ({ spoil, says }) => {
    const one = bench();
    spoil(one);
    const { code, err } = await one.run(...args);
    expect(code).toBe(1);
    expect(err).toMatch(says);
  });

  test('a run that has no store yet', async () => {
    const one = new CliBench();
    one.seedRun({ store: undefined });
    const { code, err } = await one.run(...args);
    expect(code).toBe(1);
    expect(err).toMatch(/voice\/xiaoyi-zh has no store yet .*: name one in spec\.store/);
  });
});
