import { describe, expect, test } from 'vitest';
import {
  claimLease,
  judgeLease,
  type LeaseRecord,
  releaseLease,
  type Sighting,
  sightLease,
} from '../../src/domain/lease.ts';

const record = (fields: Partial<LeaseRecord> = {}): LeaseRecord => ({
  uid: 'lease-uid',
  version: '7',
  holder: 'other',
  durationSeconds: 15,
  acquireTime: '2026-11-22T11:00:00.000000Z',
  renewTime: '2026-11-22T12:00:00.000000Z',
  transitions: 3,
  ...fields,
});

describe('a look at the Lease', () => {
  const before: Sighting = { version: '7', holder: 'other', until: 15_000 };

  test.each([
    {
      name: 'the first',
      known: undefined,
      found: record(),
      want: { version: '7', holder: 'other', until: 24_000 },
    },
    { name: 'unchanged: its time runs on', known: before, found: record(), want: before },
    {
      name: 'written meanwhile: its time begins anew',
      known: before,
      found: record({ version: '8' }),
      want: { version: '8', holder: 'other', until: 24_000 },
    },
    {
      name: 'written a week ago by its own words, but only now seen',
      known: undefined,
      found: record({ renewTime: '2026-11-15T12:00:00.000000Z' }),
      want: { version: '7', holder: 'other', until: 24_000 },
    },
    {
      name: 'with the duration its holder wrote',
      known: before,
      found: record({ version: '8', durationSeconds: 60 }),
      want: { version: '8', holder: 'other', until: 69_000 },
    },
    {
      name: 'without a duration: the usual one',
      known: before,
      found: record({ version: '8', durationSeconds: undefined }),
      want: { version: '8', holder: 'other', until: 14_000 },
    },
    { name: 'deleted: still its last holder’s', known: before, found: undefined, want: before },
    { name: 'never seen', known: undefined, found: undefined, want: undefined },
  ])('$name', ({ known, found, want }) => {
    expect(sightLease(known, { found, at: 9000, usualSeconds: 5 })).toEqual(want);
  });
});

describe('the verdict', () => {
  const until = 15_000;
  const take = { kind: 'Take' };

  test.each([
    { name: 'there is none', sighting: undefined, now: 0, want: take },
    { name: 'released', sighting: { holder: undefined, until }, now: 0, want: take },
    { name: 'ours', sighting: { holder: 'me', until }, now: 0, want: take },
    { name: 'ours, and late', sighting: { holder: 'me', until }, now: 99_000, want: take },
    { name: 'another’s, silent long enough', sighting: { holder: 'other', until }, now: 15_000, want: take },
    {
      name: 'another’s, a millisecond too early',
      sighting: { holder: 'other', until },
      now: 14_999,
      want: { kind: 'Wait', holder: 'other', milliseconds: 1 },
    },
  ])('$name', ({ sighting, now, want }) => {
    const seen = sighting === undefined ? undefined : { version: '7', ...sighting };
    expect(judgeLease({ identity: 'me', sighting: seen, now })).toEqual(want);
  });
});

describe('what is written', () => {
  const time = '2026-11-22T13:00:00.250000Z';
  const claiming = { identity: 'me', durationSeconds: 15, time };

  test.each([
    { name: 'the first', before: undefined, acquireTime: time, transitions: 0 },
    {
      name: 'a renewal',
      before: record({ holder: 'me' }),
      acquireTime: record().acquireTime,
      transitions: 3,
    },
    { name: 'over a silent holder', before: record(), acquireTime: time, transitions: 4 },
    { name: 'over a released one', before: record({ holder: undefined }), acquireTime: time, transitions: 4 },
  ])('$name', ({ before, acquireTime, transitions }) => {
    expect(claimLease(before, claiming)).toEqual({
      holder: 'me',
      durationSeconds: 15,
      renewTime: time,
      acquireTime,
      transitions,
    });
  });

  test('a release names nobody, and keeps the count', () => {
    expect(releaseLease(record({ holder: 'me' }), time)).toEqual({
      holder: undefined,
      durationSeconds: 1,
      acquireTime: record().acquireTime,
      renewTime: time,
      transitions: 3,
    });
  });
});
