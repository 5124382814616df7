// Which removed but open Step is let go of when the disk runs short.
import { array, assert, boolean, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planLettingGo } from '../../../src/domain/agent/scratch-space.ts';

const named = (update: number) => ({ name: `model_${update}.pt`, update });
const short = { sent: [], freeBytes: 1, checkpointBytes: 5, isStoreAway: true, hasTwoOwners: true };

describe('letting go', () => {
  test.each([
    { name: 'of the oldest', change: {}, orphans: [20, 10, 30], newest: 40, want: named(10) },
    { name: 'never of the newest there is', change: {}, orphans: [30], newest: 30, want: undefined },
    {
      name: 'of nothing while there is room',
      change: { freeBytes: 50 },
      orphans: [10],
      newest: 40,
      want: undefined,
    },
    {
      name: 'of nothing while the store answers',
      change: { isStoreAway: false },
      orphans: [10],
      newest: 40,
      want: undefined,
    },
    {
      name: 'of nothing when nothing was seen',
      change: {},
      orphans: [10],
      newest: undefined,
      want: undefined,
    },
  ])('$name', ({ change, orphans, newest, want }) => {
    expect(planLettingGo(orphans.map(named), { ...short, ...change, newest })).toEqual(want);
  });

  test('never of the newest update, and only when the disk is short and the store away', () => {
    const space = record({
      freeBytes: nat({ max: 20 }),
      checkpointBytes: nat({ max: 10 }),
      isStoreAway: boolean(),
    });
    assert(
      property(array(nat({ max: 9 })), space, nat({ max: 9 }), (updates, room, newest) => {
        const gone = planLettingGo(updates.map(named), { ...short, ...room, newest });
        if (gone === undefined) return true;
        return gone.update < newest && room.isStoreAway && room.freeBytes < room.checkpointBytes * 1.25;
      }),
    );
  });
});
