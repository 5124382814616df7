import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elderOverlapping, prefixesAround, type StorePlace } from '../../../src/domain/store/place.ts';
import { runs } from '../../support/counts.ts';

const place = (name: string, fields: Partial<StorePlace> = {}): StorePlace => ({
  name,
  endpoint: 'https://s3.example.com',
  bucket: 'ckpts',
  prefix: 'prod',
  createdAt: '2026-11-22T12:00:00Z',
  ...fields,
});

const young = place('young', { createdAt: '2026-11-23T12:00:00Z' });

describe('a store gives way to an elder one', () => {
  test.each([
    { name: 'with the same prefix', elder: {}, want: true },
    { name: 'around it', elder: { prefix: '' }, want: true },
    { name: 'inside it', elder: { prefix: 'prod/team' }, want: true },
    { name: 'not beside it', elder: { prefix: 'production' }, want: false },
    { name: 'not in another bucket', elder: { bucket: 'other' }, want: false },
    { name: 'not on another server', elder: { endpoint: 'https://s3.example.org' }, want: false },
    { name: 'not on AWS', elder: { endpoint: undefined }, want: false },
    {
      name: 'with the endpoint written otherwise',
      elder: { endpoint: 'HTTPS://S3.example.com:443/' },
      want: true,
    },
    { name: 'not if it is the younger one', elder: { createdAt: '2026-12-01T00:00:00Z' }, want: false },
  ])('$name', ({ elder, want }) => {
    const found = elderOverlapping(young, [young, place('elder', elder)]);
    expect(found?.name).toBe(want ? 'elder' : undefined);
  });
});

const isInside = (inner: string, outer: string): boolean =>
  `${inner}/`.startsWith(outer === '' ? '' : `${outer}/`);

test('of two stores that overlap exactly one gives way, also when they were made in the same second', () => {
  const prefix = fc.constantFrom('', 'a', 'a/b', 'a/b/c', 'ab', 'b');
  const second = fc.constantFrom('2026-11-22T12:00:00Z', '2026-11-22T12:00:01Z');
  const property = fc.property(prefix, prefix, fc.tuple(second, second), (p, q, [first, other]) => {
    const a = place('a', { prefix: p, createdAt: first });
    const b = place('b', { prefix: q, createdAt: other });
    const yielding = [elderOverlapping(a, [a, b]), elderOverlapping(b, [a, b])].filter(Boolean);
    expect(yielding).toHaveLength(isInside(p, q) || isInside(q, p) ? 1 : 0);
  });
  fc.assert(property, { numRuns: runs(200, 5000) });
});

test.each([
  { prefix: '', want: [] },
  { prefix: 'a', want: [''] },
  { prefix: 'a/b/c', want: ['', 'a', 'a/b'] },
])('the prefixes around "$prefix"', ({ prefix, want }) => {
  expect(prefixesAround(prefix)).toEqual(want);
});
