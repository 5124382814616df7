// However a scan is shared out, it tells every key exactly once and asks for hardly a page more than a listing in order would.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bucket } from '../../src/s3/connection.ts';
import { compareKeys } from '../../src/s3/key-order.ts';
import type { Listing, Place } from '../../src/s3/listing-page.ts';
import { scanAll } from '../../src/s3/scan.ts';
import { planCuts } from '../../src/s3/scan-shares.ts';
import { runs } from '../support/counts.ts';
import { attempt, collect, never } from '../support/object-samples.ts';

interface Entry {
  readonly key: string;
}

/** A bucket that is an array of keys, with answers that arrive in any order. */
class KeyServer {
  #keys: readonly string[] = [];
  requests = 0;
  /** Requests that wait for their answers, and the most there were up to the request of a number. */
  #waiting = 0;
  readonly #most: number[] = [0];
  fails: (request: number) => boolean = () => false;
  readonly bucket: Bucket;
  readonly #pageKeys: number;
  readonly #lateness: () => number;
  /** Keys that are looked at for one page. */
  readonly #reach: number;

  constructor(
    { lanes, pageKeys }: { lanes: number; pageKeys: number },
    lateness: () => number,
    reach = Infinity,
  ) {
    this.#reach = reach;
    this.#pageKeys = pageKeys;
    this.#lateness = lateness;
    const caller = { call: ({ run }: { run: () => Promise<unknown> }) => run() };
    this.bucket = { limits: { lanes, pageKeys }, scans: new Map(), caller } as unknown as Bucket;
  }

  /** The most requests that waited side by side among the first so many. */
  sideBySide(first: number): number {
    return this.#most[Math.min(first, this.requests)] ?? 0;
  }

  set keys(keys: readonly string[]) {
    this.#keys = keys.toSorted(compareKeys);
  }

  readonly listing: Listing<Entry> = {
    verb: 'list',
    repeatsKeys: false,
    read: async (_, place) => {
      this.requests += 1;
      const fails = this.fails(this.requests);
      this.#waiting += 1;
      this.#most.push(Math.max(this.#most.at(-1) ?? 0, this.#waiting));
      for (let turn = this.#lateness(); turn > 0; turn -= 1) await Promise.resolve();
      this.#waiting -= 1;
      if (fails) throw new Error('503');
      return this.#page(place);
    },
  };

  async scan(prefix: string, landmarks: readonly string[]): Promise<string[]> {
    const request = { prefix, landmarks };
    const pages = await collect(scanAll(this.bucket, { listing: this.listing, request }, never));
    return pages.flat().map(({ key }) => key);
  }

  #page(place: Place): { entries: Entry[]; place: Place } {
    const after = place.token?.mark ?? place.start;
    const from = after === undefined ? 0 : this.#keys.findIndex((one) => compareKeys(one, after) > 0);
    const left = from < 0 ? [] : this.#keys.slice(from, from + this.#reach);
    const below = left.filter((one) => one.startsWith(place.prefix));
    const entries = below.slice(0, this.#pageKeys).map((key) => ({ key }));
    const last = entries.at(-1)?.key ?? place.last;
    const token = below.length > entries.length ? { mark: last ?? '', versionId: '' } : undefined;
    return { entries, place: { ...place, last, token } };
  }
}

const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '~', 'é', '\u{FFFD}', '\u{1F600}'),
  maxLength: 5,
});
const world = fc.record({
  keys: fc.uniqueArray(key, { maxLength: 60 }),
  later: fc.uniqueArray(key, { maxLength: 60 }),
  landmarks: fc.array(key, { maxLength: 20 }),
  prefix: fc.constantFrom('', 'a', 'b/'),
  lanes: fc.integer({ min: 1, max: 6 }),
  pageKeys: fc.integer({ min: 1, max: 7 }),
  lateness: fc.infiniteStream(fc.nat(6)),
});

type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

const most = (keys: number, pageKeys: number, requests: number): number =>
  Math.max(1, Math.ceil(keys / pageKeys)) + Math.max(1, Math.floor(requests / 100));

const tellsAllOnce = async (of: World): Promise<void> => {
  const { prefix, landmarks, lanes, pageKeys } = of;
  const server = new KeyServer({ lanes, pageKeys }, () => of.lateness.next().value ?? 0);
  for (const keys of [of.keys, of.keys, of.later, of.later]) {
    server.keys = keys;
    const wanted = keys.filter((one) => one.startsWith(prefix)).toSorted(compareKeys);
    const found = await server.scan(prefix, landmarks);
    expect(found.toSorted(compareKeys)).toEqual(wanted);
  }
};

const tellsTheFailure = async (of: World, at: number): Promise<void> => {
  const server = new KeyServer(of, () => of.lateness.next().value ?? 0);
  server.keys = of.keys;
  server.fails = (request) => request === at;
  const outcome = await attempt(server.scan(of.prefix, of.landmarks));
  expect(outcome === undefined).toBe(server.requests < at);
  expect(server.bucket.scans.size).toBe(outcome === undefined ? 1 : 0);
};

describe('every key exactly once', () => {
  test('whatever the keys, landmarks, lanes, pages and order of answers; also with what the last scan found', async () => {
    await fc.assert(fc.asyncProperty(world, tellsAllOnce), { numRuns: runs(400, 20_000) });
  });

  test('and of a failure anywhere nothing but the failure', async () => {
    await fc.assert(fc.asyncProperty(world, fc.integer({ min: 1, max: 12 }), tellsTheFailure), {
      numRuns: runs(200, 5000),
    });
  });
});

const keysOf = (runCount: number, each: number): string[] =>
  Array.from({ length: runCount }, (_, run) =>
    Array.from(
      { length: each },
      (__, n) => `team/run-${String(run).padStart(5, '0')}/${String(n).padStart(4, '0')}`,
    ),
  ).flat();

describe('the number of pages', () => {
  test.each([
    { lanes: 1, runCount: 100, each: 10 },
    { lanes: 8, runCount: 100, each: 10 },
    { lanes: 8, runCount: 100, each: 100 },
    { lanes: 8, runCount: 900, each: 11 },
    { lanes: 16, runCount: 300, each: 7 },
  ])(
    '$lanes lanes over $runCount runs of $each: one more for each hundred, or one',
    async ({ lanes, runCount, each }) => {
      const pageKeys = 10;
      const server = new KeyServer({ lanes, pageKeys }, () => 1, 2 * pageKeys);
      server.keys = keysOf(runCount, each);
      const landmarks = Array.from(
        { length: runCount },
        (_, run) => `team/run-${String(run).padStart(5, '0')}/`,
      );
      for (const pass of ['first', 'second', 'third'] as const) {
        server.requests = 0;
        await server.scan('team/', landmarks);
        expect({
          pass,
          isBounded: server.requests <= most(runCount * each, pageKeys, server.requests),
        }).toEqual({
          pass,
          isBounded: true,
        });
      }
    },
    60_000,
  );

  test('of a large store that nobody scanned before is small, though every lane is soon at work by its landmarks', async () => {
    const server = new KeyServer({ lanes: 8, pageKeys: 10 }, () => 50, 20);
    server.keys = keysOf(900, 11);
    await server.scan(
      'team/',
      Array.from({ length: 900 }, (_, run) => `team/run-${String(run).padStart(5, '0')}/`),
    );
    expect(server.sideBySide(40)).toBe(8);
    expect(server.requests).toBeLessThanOrEqual(Math.ceil(990 * 1.01));
  });

  test('of a store that was scanned in order before is not one too many, with every lane at work', async () => {
    const server = new KeyServer({ lanes: 8, pageKeys: 10 }, () => 3);
    server.keys = keysOf(100, 10);
    await server.scan('', []);
    for (let pass = 0; pass < 3; pass += 1) {
      server.requests = 0;
      await server.scan('', []);
      expect(server.requests).toBe(100);
    }
    const ends = server.bucket.scans.get('list ') ?? [];
    expect(planCuts(ends, 8).keys.length).toBe(7);
  });
});
