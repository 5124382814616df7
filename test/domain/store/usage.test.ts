import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedObject } from '../../../src/domain/bucket/inventory.ts';
import { StoreTally, type TalliedVersion } from '../../../src/domain/store/tally.ts';
import {
  mostNamespacesTold,
  sweptEverySeconds,
  tellUsage,
  usageOf,
} from '../../../src/domain/store/usage.ts';
import { runs } from '../../support/counts.ts';

const now = Date.UTC(2026, 10, 22, 12);

const key = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('voice', 'other', 'a'),
      fc.constantFrom('zh', 'en', '_objects', 'UNKNOWN'),
      fc.constantFrom('run.json', 'x', 'attempts/0001-00000000/last/model_5.pt'),
    )
    .map(([namespace, run, name]) => `prod/${namespace}/${run}/${name}`),
  fc.constantFrom('prod/.reprise-store.json', 'prod/stray', 'prod/.reprise-probe/a'),
);

const object: fc.Arbitrary<TalliedVersion> = fc.record({
  key,
  sizeBytes: fc.nat(1000),
  savedAt: fc.constant(now),
  etag: fc.constantFrom('"a"', '"b"'),
  versionId: fc.constant('v'),
  isLatest: fc.boolean(),
  isDeleteMarker: fc.boolean(),
});

function tallyOf(objects: readonly TalliedVersion[], uploads: readonly TalliedVersion[] = []): StoreTally {
  const tally = new StoreTally('prod');
  for (const one of objects) tally.addVersion(one);
  for (const one of uploads) tally.addUpload(one);
  return tally;
}

const sum = (objects: readonly TalliedVersion[]): number =>
  objects.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
const isCurrent = ({ isLatest, isDeleteMarker }: TalliedVersion): boolean => isLatest && !isDeleteMarker;
const isKnown = ({ key: name }: TalliedVersion): boolean =>
  /^prod\/(\.reprise-.*|[a-z]+\/_objects\/.*|[a-z]+\/(zh|en)\/(run\.json|attempts\/.*))$/.test(name);

test('the usage is what counting everything again by hand gives', () => {
  fc.assert(
    fc.property(fc.array(object), fc.array(object), (objects, uploads) => {
      const usage = usageOf(tallyOf(objects, uploads), new Set(['voice/zh']));
      const current = objects.filter(isCurrent);
      const old = objects.filter((one) => !isCurrent(one));
      const unknown = current.filter((one) => !isKnown(one));
      const orphans = current.filter(
        ({ key: name }) =>
          /^prod\/(other|a|voice)\/(zh|en)\//.test(name) && !name.startsWith('prod/voice/zh/'),
      );
      expect(usage).toEqual({
        objects: current.length,
        bytes: sum(current),
        noncurrentVersions: old.length,
        noncurrentBytes: sum(old),
        unfinishedUploads: uploads.length,
        unfinishedBytes: sum(uploads),
        unknownObjects: unknown.length,
        unknownBytes: sum(unknown),
        totalBytes: sum([...objects, ...uploads]),
        orphanedRuns: new Set(orphans.map(({ key: name }) => name.split('/').slice(1, 3).join('/'))).size,
        orphanedBytes: sum(orphans),
        namespaces: byNamespace([...objects, ...uploads]),
      });
    }),
    { numRuns: runs(200, 20_000) },
  );
});

function byNamespace(all: readonly TalliedVersion[]): readonly object[] {
  return ['voice', 'other', 'a']
    .map((namespace) => {
      const own = all.filter(({ key: name }) =>
        new RegExp(`^prod/${namespace}/(zh|en|_objects)/`).test(name),
      );
      return { namespace, objects: own.length, bytes: sum(own) };
    })
    .filter(({ objects }) => objects > 0)
    .toSorted((a, b) => b.bytes - a.bytes || (a.namespace < b.namespace ? -1 : 1));
}

const digest = (objects: readonly TalliedVersion[]): number | undefined =>
  tallyOf(objects).runs.get('voice/zh')?.digest;

test('a run has the same digest whatever the order, and another one when a key or an ETag changes', () => {
  const listed = { sizeBytes: 1, savedAt: now, versionId: 'v', isLatest: true, isDeleteMarker: false };
  const one = { ...listed, key: 'prod/voice/zh/run.json', etag: '"a"' };
  const two = { ...listed, key: 'prod/voice/zh/x', etag: '"b"' };
  expect(digest([two, one])).toBe(digest([one, two]));
  expect(digest([one])).not.toBe(digest([one, two]));
  expect(digest([{ ...one, etag: '"b"' }, two])).not.toBe(digest([one, two]));
});

test('only the largest namespaces are told one by one, and all are in the sums', () => {
  const tally = new StoreTally('prod');
  for (let n = 1; n <= 50; n += 1)
    tally.add({ key: `prod/ns${n}/zh/run.json`, sizeBytes: n, savedAt: now, etag: '"a"' });
  const usage = usageOf(tally, undefined);
  expect(usage.namespaces).toHaveLength(mostNamespacesTold);
  expect(usage.namespaces[0]).toEqual({ namespace: 'ns50', objects: 1, bytes: 50 });
  expect(usage.bytes).toBe((50 * 51) / 2);
});

test('what is not known to be gone is no orphan', () => {
  const usage = usageOf(new StoreTally('prod'), undefined);
  expect(usage.orphanedRuns).toBeUndefined();
});

const usage = { ...usageOf(new StoreTally('prod'), undefined), totalBytes: 3 * 2 ** 30 };
const first = tellUsage({ usage, previous: undefined, pricePerGiBMonth: '0.5', now, sweptAt: now });

test('the money is the total at the price of a GiB', () => {
  expect(first.costPerMonth).toBe('1.50');
  const told = { usage: first, previous: first, sweptAt: undefined, now };
  const free = tellUsage({ ...told, pricePerGiBMonth: undefined });
  expect(free.costPerMonth).toBeUndefined();
});

test('the time stays while the same is counted, and moves with any figure', () => {
  const later = now + 60_000;
  const price = { pricePerGiBMonth: '0.5', now: later, sweptAt: later };
  expect(tellUsage({ usage, previous: first, ...price })).toEqual(first);
  const more = tellUsage({ usage: { ...usage, objects: 1 }, previous: first, ...price });
  expect(more.countedAt).toBe('2026-11-22T12:01:00Z');
  expect(more.sweptAt).toBe('2026-11-22T12:01:00Z');
});

describe('when a sweep last found the same', () => {
  const told = { usage, previous: first, pricePerGiBMonth: '0.5' };
  const sweptAfter = (seconds: number): ReturnType<typeof tellUsage> => {
    const at = now + seconds * 1000;
    return tellUsage({ ...told, now: at, sweptAt: at });
  };

  test('is written once in an hour, and the time since which it holds stays', () => {
    expect(sweptAfter(sweptEverySeconds - 1)).toEqual(first);
    expect(sweptAfter(sweptEverySeconds)).toEqual({ ...first, sweptAt: '2026-11-22T13:00:00Z' });
  });

  test('is not made up by an operator that has not swept yet', () => {
    const later = now + 2 * sweptEverySeconds * 1000;
    expect(tellUsage({ ...told, now: later, sweptAt: undefined })).toEqual(first);
    expect(tellUsage({ ...told, pricePerGiBMonth: '1', now: later, sweptAt: undefined }).sweptAt).toBe(
      first.sweptAt,
    );
  });

  test('is added at once to what an older operator wrote without it', () => {
    const { sweptAt: _none, ...older } = first;
    const later = now + 1000;
    const next = tellUsage({ ...told, previous: older, now: later, sweptAt: later });
    expect(next).toEqual({ ...older, sweptAt: '2026-11-22T12:00:01Z' });
  });
});

const log = (date: string): ListedObject => ({
  key: `prod/voice/zh/deletions/${date}.json`,
  sizeBytes: 1,
  savedAt: now,
  etag: '"a"',
});

test('logs of deletions are told when they are old, each version of them, and nothing else is', () => {
  const tally = new StoreTally('prod', '2026-08-24');
  tally.add(log('2026-08-23'));
  tally.add(log('2026-08-24'));
  tally.add({ ...log('2026-08-23'), key: 'prod/voice/zh/deletions/2026-08-23.txt' });
  tally.addVersion({ ...log('2026-08-22'), versionId: 'v1', isLatest: false, isDeleteMarker: false });
  expect(tally.oldLogs).toEqual([
    { key: log('2026-08-23').key, etag: '"a"' },
    { key: log('2026-08-22').key, versionId: 'v1' },
  ]);
  expect(tally.unknown.objects).toBe(1);
});
