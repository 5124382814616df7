// Times as people write them: days and RFC 3339 with any offset, and nothing else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMoment } from '../../src/domain/moment.ts';

describe('reads', () => {
  test.each([
    ['2026-12-01', Date.UTC(2026, 11, 1)],
    ['2026-12-01T08:30:00Z', Date.UTC(2026, 11, 1, 8, 30)],
    ['2026-12-01t08:30:00z', Date.UTC(2026, 11, 1, 8, 30)],
    ['2026-12-01T08:30:00.250Z', Date.UTC(2026, 11, 1, 8, 30, 0, 250)],
    ['2026-12-01T08:30:00+08:00', Date.UTC(2026, 11, 1, 0, 30)],
    ['2026-12-01T08:30:00-05:30', Date.UTC(2026, 11, 1, 14)],
  ])('%s', (text, at) => {
    expect(parseMoment(text)).toBe(at);
  });
});

describe('refuses', () => {
  test.each([
    '',
    '2026',
    '2026-12',
    '2026-13-01',
    '2026-02-30',
    '26-12-01',
    '2026-12-01T08:30',
    '2026-12-01 08:30:00Z',
    '2026-12-01T08:30:00',
    '2026-12-01T25:00:00Z',
    '2026-12-01T08:30:00+24:00',
    '2026-12-01T08:30:00+0800',
    '01.12.2026',
    'now',
    '1764547200',
  ])('"%s"', (text) => {
    expect(parseMoment(text)).toBeUndefined();
  });
});

test('an ISO time of JavaScript is the instant it was made from', () => {
  const years = { min: Date.UTC(1970, 0, 1), max: Date.UTC(2999, 0, 1) };
  fc.assert(
    fc.property(fc.integer(years), (at) => {
      expect(parseMoment(new Date(at).toISOString())).toBe(at);
    }),
  );
});
