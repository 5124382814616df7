// Deletes one batch of checkpoints in the time that the Lease leaves for it, and nothing when it leaves none: a batch must have ended
// before another operator can lead. It decides nothing about the checkpoints.
import type { Clock } from '../../ports/clock.ts';
import type { DeleteFailure } from '../../ports/objects.ts';
import type { DeletionRight } from '../engine/tenure.ts';
import { within } from '../run/within.ts';
import type { Deleted } from './deletion-log.ts';
import { deleteLogged, type StoredRun } from './logged-deletion.ts';

/** Few enough to be deleted in time by a slow server too. */
export const deletionsPerBatch = 250;

export interface BatchDeletion {
  readonly place: StoredRun;
  readonly deletions: readonly Deleted[];
  readonly right: DeletionRight;
  readonly clock: Clock;
}

const tooSlow = 'the store did not answer in the time that the Lease leaves for a batch of deletions';

/**
 * The failures, where a store that refuses the whole request refuses each; undefined when nothing may be deleted now, because this
 * operator may not be the leader for long enough.
 */
export async function deleteBatch(
  { place, deletions, right, clock }: BatchDeletion,
  signal: AbortSignal,
): Promise<readonly DeleteFailure[] | undefined> {
  const milliseconds = await right.mayDelete(signal);
  if (milliseconds === undefined) return undefined;
  const batch = { place, deletions, now: clock.now() };
  const failures = await within(
    { clock, milliseconds },
    async (inTime) => deleteLogged(batch, inTime),
    signal,
  );
  return failures ?? deletions.map(({ key }) => ({ key, code: 'Unavailable', message: tooSlow }));
}
