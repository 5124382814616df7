// What leading means to whoever acts: a signal that ends everything when leadership is lost, and the questions to ask before a write
// and before a batch of deletions.

/** The operator acts for another one no more: whatever was under way is given up. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError';
}

export interface DeletionRight {
  /**
   * How many milliseconds from now a batch of deletions may take, so that it has ended well before another operator can lead;
   * undefined: none may be sent now. Ask before each batch and end the batch by then. The answer rests on a renewal of the Lease that the
   * API server took just now: the clock of a machine that was frozen may stand still with it, but then the renewal is refused.
   */
  mayDelete(signal: AbortSignal): Promise<number | undefined>;
}

/** Rejects with NotLeadingError when no batch of deletions may be sent now; for batches that the end of the tenure ends. */
export async function assertMayDelete(right: DeletionRight, signal: AbortSignal): Promise<void> {
  if ((await right.mayDelete(signal)) === undefined)
    throw new NotLeadingError('nothing may be deleted now: the Lease could not be renewed in time');
}

export interface Tenure extends DeletionRight {
  /** Aborted, with a NotLeadingError, at the moment another operator may lead soon. */
  readonly lost: AbortSignal;
  /** Throws NotLeadingError once the tenure is over, by the clock: also in a process that was stopped and whose timers are late. */
  assertLeading(): void;
}

/** The longest a batch of deletions may take where there is no Lease to lose. */
const unhurriedMilliseconds = 60_000;

/** Of an operator that was told to be the only one. */
export const unchallenged: Tenure = {
  lost: new AbortController().signal,
  assertLeading: () => undefined,
  mayDelete: async () => unhurriedMilliseconds,
};
