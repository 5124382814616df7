// A place is used by many together or by one alone, and whoever waits for it gets it.
import { setImmediate as settled } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Place, type Use } from './shared-place.ts';

/** Who has the place now, by name; `leave` gives it back. */
function makeGuests(place: Place) {
  const present = new Map<string, () => void>();
  return {
    come(name: string, use: Use): void {
      void place.enter(use).then((leave) => present.set(name, leave));
    },
    async leave(name: string): Promise<void> {
      present.get(name)?.();
      present.get(name)?.(); // once is enough
      present.delete(name);
      await settled();
    },
    async present(): Promise<readonly string[]> {
      await settled();
      return [...present.keys()];
    },
  };
}

test('many are there together, and whoever wants to be alone waits for the last of them', async () => {
  const guests = makeGuests(new Place());
  guests.come('a', 'together');
  guests.come('alone', 'alone');
  guests.come('b', 'together');
  expect(await guests.present()).toEqual(['a', 'b']);
  await guests.leave('a');
  expect(await guests.present()).toEqual(['b']);
  await guests.leave('b');
  expect(await guests.present()).toEqual(['alone']);
});

test('whoever comes while somebody is alone waits, those who share before the next one alone', async () => {
  const guests = makeGuests(new Place());
  guests.come('first', 'alone');
  guests.come('second', 'alone');
  guests.come('a', 'together');
  guests.come('b', 'together');
  expect(await guests.present()).toEqual(['first']);
  await guests.leave('first');
  expect(await guests.present()).toEqual(['a', 'b']);
  await guests.leave('a');
  await guests.leave('b');
  expect(await guests.present()).toEqual(['second']);
});
