// What the run has spent since it last got anywhere: failures and disruptions, each counted in the pass that sees its end.
import { type Effect, effectOf } from './causes.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { madeProgress } from './saved-work.ts';
import type { LedgerEntry } from './status.ts';

/** Ends since the last attempt that saved beyond its own start. */
export interface Spent {
  readonly failures: number;
  readonly disruptions: number;
}

export const nothingSpent: Spent = { failures: 0, disruptions: 0 };

/** What is spent after this pass. */
export function countSpent({ run }: Snapshot, seen: readonly AttemptView[]): Spent {
  const { status } = run;
  const before = status?.attempts ?? [];
  const fresh = seen.filter(({ entry }) => isNewlyEnded(before, entry));
  const counted = Math.max(
    0,
    ...before.filter(({ endedAt }) => endedAt !== undefined).map(({ number }) => number),
  );
  const count = (effect: Effect, already: number): number =>
    fresh.toReversed().reduce((sum, view) => {
      const { entry } = view;
      // An older one that lingered on its node says nothing about the ends after it.
      if (madeProgress(entry)) return entry.number > counted ? 0 : sum;
      return sum + (isOf(entry, effect) && !neverRan(view) ? 1 : 0);
    }, already);
  return {
    failures: count('Failure', status?.failures ?? 0),
    disruptions: count('Disruption', status?.disruptions ?? 0),
  };
}

const isOf = ({ cause }: LedgerEntry, effect: Effect): boolean =>
  cause !== undefined && effectOf(cause) === effect;

/** True when its pod says that the trainer was never started: nothing was disrupted. A pod that does not say it, or is gone, counts. */
export const neverRan = ({ pod }: AttemptView): boolean =>
  pod !== undefined && (pod.node === undefined || pod.trainer?.state === 'Waiting');

/** True in the pass that writes the end of this attempt for the first time. */
export const isNewlyEnded = (before: readonly LedgerEntry[], { number, endedAt }: LedgerEntry): boolean =>
  endedAt !== undefined && before.find((known) => known.number === number)?.endedAt === undefined;
