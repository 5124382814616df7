// What the deletion of a whole run takes, what it takes last, and what pins hold.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coveredBy, type CoverQuestion } from '../../../src/domain/bucket/deletion-intent.ts';
import { formatRunObject } from '../../../src/domain/bucket/keys.ts';
import type { BucketPin } from '../../../src/domain/retention/bucket-pins.ts';
import { runs } from '../../support/counts.ts';

const prefix = 'prod/voice/zh/';
const now = 1_000_000;

const attempts = ['0001-aaaaaaaa', '0002-bbbbbbbb', '0003-cccccccc'];
const names = [
  'run.json',
  'deletions/2026-11-22.json',
  'notes.txt',
  ...attempts.flatMap((attempt) =>
    ['attempt.json', 'steps/model_10.pt', 'last/model_20.pt', 'end.json'].map(
      (name) => `attempts/${attempt}/${name}`,
    ),
  ),
];

const pin = (attempt: number, update: number, until?: number): BucketPin => ({
  key: prefix + formatRunObject({ is: 'Pin', attemptNumber: attempt, update }),
  etag: '1',
  attempt,
  update,
  words: { runUid: 'u', reason: undefined, until, since: 0, keys: [] },
});

function cover(pins: readonly BucketPin[], change: Partial<CoverQuestion<{ key: string }>> = {}) {
  const listing = [...names.map((name) => ({ key: prefix + name })), ...pins.map(({ key }) => ({ key }))];
  const covered = coveredBy({ intent: { upToAttempt: 2 }, prefix, listing, pins, storeTime: now, ...change });
  const short = (some: readonly { readonly key: string }[]) =>
    some.map(({ key }) => key.slice(prefix.length));
  const { objects, marker, pinned, left } = covered;
  return { objects: short(objects), marker: short(marker), pinned: short(pinned), left: short(left) };
}

test('without pins everything up to the attempt goes, run.json last', () => {
  const { objects, marker, pinned, left } = cover([]);
  expect(objects).toHaveLength(9);
  expect(marker).toEqual(['run.json']);
  expect(pinned).toEqual([]);
  expect(left.filter((name) => !name.includes('0003'))).toEqual(['notes.txt']);
});

test('a pinned one stays, with what the attempts up to it say of themselves, run.json and the pin', () => {
  const { objects, marker, pinned, left } = cover([pin(1, 10)]);
  expect(pinned).toEqual(['attempts/0001-aaaaaaaa/steps/model_10.pt']);
  expect(marker).toEqual([]);
  expect(left.filter((name) => !name.includes('0003'))).toEqual([
    'deletions/2026-11-22.json',
    'notes.txt',
    'attempts/0001-aaaaaaaa/attempt.json',
    'attempts/0001-aaaaaaaa/end.json',
    'pins/0001-10.json',
  ]);
  expect(objects).toEqual([
    'attempts/0001-aaaaaaaa/last/model_20.pt',
    ...names.filter((name) => name.includes('0002')),
  ]);
});

const first = ['attempts/0001-aaaaaaaa/steps/model_10.pt'];

test.each<{ name: string; held: BucketPin; storeTime?: number | undefined; want: readonly string[] }>([
  { name: 'whose time is over', held: pin(1, 10, now), want: [] },
  { name: 'whose time is not over', held: pin(1, 10, now + 1), want: first },
  { name: 'by a clock nobody knows', held: pin(1, 10, 5), storeTime: undefined, want: first },
  {
    name: 'that cannot be understood',
    held: { ...pin(2, 20), words: undefined },
    want: ['attempts/0002-bbbbbbbb/last/model_20.pt'],
  },
  { name: 'of what is not there', held: pin(1, 15), want: [] },
])('a pin $name', ({ held, want, ...change }) => {
  const { pinned, marker, objects } = cover([held], change);
  expect(pinned).toEqual(want);
  expect(marker).toEqual(want.length === 0 ? ['run.json'] : []);
  expect(objects.some((name) => name.startsWith('pins/'))).toBe(want.length === 0);
});

test('each object is sorted once, nothing that a pin holds goes, and run.json only when nothing is held', () => {
  const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(10, 15, 20)), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(some, fc.nat({ max: 4 }), (named, upToAttempt) => {
      const pins = [
        ...new Map(named.map(([attempt, update]) => [`${attempt}@${update}`, pin(attempt, update)])).values(),
      ];
      const { objects, marker, pinned, left } = cover(pins, { intent: { upToAttempt } });
      const all = [...names, ...pins.map(({ key }) => key.slice(prefix.length))];
      const isKept = pinned.length > 0 ? ['run.json'] : [];
      expect([...objects, ...marker, ...pinned, ...left, ...isKept].toSorted()).toEqual(all.toSorted());
      const held = pins.flatMap(({ attempt, update }) =>
        names.filter(
          (name) => name.startsWith(`attempts/000${attempt}`) && name.endsWith(`model_${update}.pt`),
        ),
      );
      expect(pinned.toSorted()).toEqual(held.toSorted());
    }),
    { numRuns: runs(200, 20_000) },
  );
});
