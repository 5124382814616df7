// The id of a request: what the API takes, readable, and never one that was used.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newRequestId } from '../../src/cli/request-id.ts';
import { rollback } from '../../src/api/start-spec.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const clock = new VirtualClock();

test('is the time, and what chance adds', () => {
  expect(newRequestId({ clock, random: () => 0 })).toBe('20261122T120000Z-0000');
  expect(newRequestId({ clock, random: () => 0.999_999_9 })).toBe('20261122T120000Z-ffff');
});

test('is never one that is taken', () => {
  const taken = new Set(['20261122T120000Z-ffff', '20261122T120000Z-0000']);
  expect(newRequestId({ clock, random: () => 0.999_999_9 }, taken)).toBe('20261122T120000Z-0001');
});

test('is one that spec.rollback takes, whatever the time and chance', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 253_402_300_799_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (now, random) => {
        const id = newRequestId({ clock: new VirtualClock(now), random: () => random });
        expect(rollback.safeParse({ update: 40, id }).success).toBe(true);
      },
    ),
  );
});
