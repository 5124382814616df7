// Whether a run has come where a person sent it: to a standstill, or to training. Read from status alone, and believed only of a
// status that was written after the person asked.
import type { LedgerEntry, RunStatus } from './status.ts';

/** How the newest attempt stands. `Ends`: it is known why it ends, and it has not ended yet. */
export type AttemptStand =
  | { readonly is: 'None' }
  | { readonly is: 'Lives' | 'Ends' | 'Ended'; readonly entry: LedgerEntry };

/** The newest attempt's stand. A number that is only reserved counts as alive, unless the run is suspended: then nothing is made of it. */
export function attemptStand(status: RunStatus | undefined): AttemptStand {
  const entry = status?.attempts[0];
  if (status === undefined || entry === undefined) return { is: 'None' };
  if (entry.endedAt !== undefined) return { is: 'Ended', entry };
  if (entry.cause !== undefined) return { is: 'Ends', entry };
  const isReserved = entry.startedAt === undefined;
  return isReserved && status.phase === 'Suspended' ? { is: 'None' } : { is: 'Lives', entry };
}

/** `Astray`: it will not come there by itself. */
export type Arrival = 'There' | 'OnTheWay' | 'Astray';

/** A run's status, and whether it was written after what was asked. */
export interface SeenStatus {
  readonly status: RunStatus | undefined;
  readonly isNews: boolean;
}

/** Whether a run that was told to suspend stands still: suspended, and its last pod gone. */
export function arrivalAtStandstill({ status, isNews }: SeenStatus): Arrival {
  if (status === undefined || !isNews) return 'OnTheWay';
  switch (status.phase) {
    case 'Suspended': {
      const { is } = attemptStand(status);
      return is === 'None' || is === 'Ended' ? 'There' : 'OnTheWay';
    }
    case 'Succeeded':
    case 'Failed':
    case 'Stalled':
      return 'Astray';
    default:
      return 'OnTheWay';
  }
}

/** Whether a run that was told to go on trains again. One that has succeeded meanwhile did. */
export function arrivalAtTraining({ status, isNews }: SeenStatus): Arrival {
  if (status === undefined || !isNews) return 'OnTheWay';
  switch (status.phase) {
    case 'Running':
    case 'Succeeded':
      return 'There';
    case 'Failed':
    case 'Stalled':
    case 'Suspended':
      return 'Astray';
    default:
      return 'OnTheWay';
  }
}
