// Deletions of many before servers that refuse, complain, or never answer: what stayed is told with its reason, and nothing is asked
// for that was not let through just before.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BatchOutcome, DeletionTarget, ObjectStore } from '../../src/ports/objects.ts';
import { refuse, xml } from '../support/fake-s3/s3-answer.ts';
import { attempt, never, text } from '../support/object-samples.ts';
import { impatience, type S3Bench, startS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
beforeAll(async () => {
  bench = await startS3Bench();
});
afterAll(async () => {
  await bench.close();
});
const keys = ['a', 'b & <c>', 'd\'"é\u0001', 'e'];
beforeEach(async () => {
  bench.server.quirks = {};
  bench.proxy.choose = () => undefined;
  bench.server.objects.clear();
  for (const key of keys) await bench.store.put({ key, bytes: text(key), condition: 'any' }, never);
});

interface Told {
  readonly letThrough: string[][];
  readonly outcomes: BatchOutcome<DeletionTarget>[];
  readonly error: unknown;
}

async function deleteAll(
  targets: readonly DeletionTarget[],
  store: ObjectStore = bench.open(),
  mayGoOn: (request: number) => boolean = () => true,
): Promise<Told> {
  const letThrough: string[][] = [];
  const outcomes: BatchOutcome<DeletionTarget>[] = [];
  const beforeBatch = async (batch: readonly DeletionTarget[]): Promise<void> => {
    if (!mayGoOn(letThrough.length + 1)) throw new Error('the lease is lost');
    letThrough.push(batch.map(({ key }) => key));
  };
  const afterBatch = async (outcome: BatchOutcome<DeletionTarget>): Promise<void> => {
    outcomes.push(outcome);
  };
  const error = await attempt(store.bulkDelete({ targets, beforeBatch, afterBatch }, never));
  return { letThrough, outcomes, error };
}

const targetsOf = (names: readonly string[]): DeletionTarget[] => names.map((key) => ({ key }));
const left = (): string[] => [...bench.server.objects.keys()];

test('keys with every kind of character are deleted as they are', async () => {
  const { outcomes, error } = await deleteAll(targetsOf(keys));
  expect(error).toBeUndefined();
  expect(outcomes.flatMap(({ deleted }) => deleted.map(({ key }) => key))).toEqual(keys);
  expect(left()).toEqual([]);
});

test('an ETag that is another keeps the object, where the store heeds it', async () => {
  const etag = bench.server.objects.get('a')?.etag ?? '';
  const { outcomes } = await deleteAll([
    { key: 'a', etag },
    { key: 'e', etag },
  ]);
  expect(outcomes.flatMap(({ failures }) => failures)).toMatchObject([
    { key: 'e', code: 'PreconditionFailed' },
  ]);
  expect(left()).not.toContain('a');
  expect(left()).toContain('e');
});

const versionOf = (key: string): DeletionTarget => ({ key, versionId: `v-${key}` });
const errorXml = (key: string, code: string, message: string): string =>
  `<Error><Key>${key}</Key><VersionId>v-${key}</VersionId><Code>${code}</Code><Message>${message}</Message></Error>`;

describe('an answer about versions', () => {
  test('tells a lock from a missing right, takes what is gone for deleted, and asks once', async () => {
    const answer = xml(
      'DeleteResult',
      '<Deleted><Key>b</Key><VersionId>v-b</VersionId></Deleted>' +
        errorXml('a', 'AccessDenied', 'Access Denied because object protected by object lock.') +
        errorXml('c', 'AccessDenied', 'Access Denied') +
        errorXml('d', 'NoSuchVersion', 'The specified version does not exist.') +
        errorXml('e', 'InvalidRequest', 'Object is WORM protected and cannot be overwritten'),
    );
    bench.server.quirks = { deletion: () => answer };
    const { letThrough, outcomes } = await deleteAll(['a', 'b', 'c', 'd', 'e'].map(versionOf));
    expect(letThrough.length).toBe(1);
    expect(outcomes.length).toBe(1);
    expect(outcomes[0]?.deleted).toEqual(['b', 'd'].map(versionOf));
    expect(outcomes[0]?.failures.map(({ key, locked }) => [key, locked ?? false])).toEqual([
      ['a', true],
      ['c', false],
      ['e', true],
    ]);
  });

  test('about another version than asked for is no confirmation', async () => {
    const answer = xml('DeleteResult', '<Deleted><Key>a</Key><VersionId>other</VersionId></Deleted>');
    bench.server.quirks = { deletion: () => answer };
    const { outcomes } = await deleteAll([versionOf('a')]);
    expect(outcomes.flatMap(({ failures }) => failures)).toMatchObject([{ key: 'a', code: 'Unconfirmed' }]);
  });
});

test.each([
  { title: 'SlowDown', answer: refuse('SlowDown') },
  { title: '200 with an error inside', answer: { ...refuse('SlowDown'), status: 200 } },
  {
    title: 'half a document',
    answer: { ...xml('R', ''), body: Buffer.from('<DeleteResult><Deleted><Key>a') },
  },
])('$title is asked again, let through again, and told once', async ({ answer }) => {
  let asked = 0;
  bench.server.quirks = {
    deletion: () => {
      asked += 1;
      return asked < 3 ? answer : undefined;
    },
  };
  const { letThrough, outcomes, error } = await deleteAll(targetsOf(keys));
  expect(error).toBeUndefined();
  expect(letThrough.length).toBe(3);
  expect(outcomes.flatMap(({ deleted }) => deleted.map(({ key }) => key)).toSorted()).toEqual(
    keys.toSorted(),
  );
  expect(left()).toEqual([]);
});

test('a lease that is lost between two tries ends it, and what may have happened is told', async () => {
  bench.server.quirks = { deletion: () => refuse('InternalError') };
  const { letThrough, outcomes, error } = await deleteAll(targetsOf(['a', 'e']), bench.open(), (n) => n < 2);
  expect(error).toMatchObject({ message: 'the lease is lost' });
  expect(letThrough).toEqual([['a', 'e']]);
  expect(outcomes).toMatchObject([
    {
      deleted: [],
      failures: [
        { key: 'a', code: 'Unconfirmed' },
        { key: 'e', code: 'Unconfirmed' },
      ],
    },
  ]);
});

test('a server that never answers ends it with each target told, and nothing hangs', async () => {
  bench.proxy.choose = (line) => (line.startsWith('POST') ? 'silenceAfter' : undefined);
  const store = bench.open({ limits: { ...impatience, tries: 2 } });
  const { outcomes, error } = await deleteAll(targetsOf(['a', 'e']), store);
  expect(error).toMatchObject({ code: 'Unavailable' });
  expect(outcomes.flatMap(({ failures }) => failures.map(({ key }) => key))).toEqual(['a', 'e']);
});
