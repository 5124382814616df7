// Whether checkpoints still come while a run trains. By the store's clock alone, which is also the clock of what it compares with.
import type { ListedAttempt } from '../bucket/inventory.ts';
import { podOf } from '../bucket/keys.ts';
import type { Instant, Seconds } from '../units.ts';
import type { BucketFacts } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import type { ReportView } from './message.ts';

/** `Late`: none came for much longer than usual. `NeverCame`: not even the first, and by now it should have. */
export type Freshness = 'OnTime' | 'Late' | 'NeverCame';

/** A run whose first checkpoint did not come within so much training saves nothing, or somewhere else. */
const firstWithinSeconds: Seconds = 4 * 3600;

/** How many intervals tell what is usual. */
const usualIntervals = 3;

/** How the saving goes. An attempt that does not train is not late. */
export function freshnessOf({ snapshot, decision, saved }: ReportView): Freshness {
  const newest = decision.attempts[0];
  if (snapshot.bucket.kind === 'Unreadable' || newest?.stage.stage !== 'Training') return 'OnTime';
  const { facts } = snapshot.bucket;
  const seconds = secondsWithout(facts, newest);
  if (saved.point === undefined) {
    // Attempts that were interrupted before they saved anything have trained too.
    const trained = decision.attempts.reduce((sum, { entry }) => sum + (entry.trainedSeconds ?? 0), seconds);
    return saved.lost === undefined && trained >= firstWithinSeconds ? 'NeverCame' : 'OnTime';
  }
  const usual = Math.max(snapshot.run.spec.modelLastEverySeconds, usualSeconds(facts));
  return seconds > 2 * usual ? 'Late' : 'OnTime';
}

/** Since the attempt's newest checkpoint or, before its first, since its beginning; 0 while that cannot be told. */
function secondsWithout({ inventory, storeTime }: BucketFacts, { entry, pod }: AttemptView): Seconds {
  const folder = pod === undefined ? undefined : podOf(pod.uid);
  const listed = inventory.attempts.find(({ id }) => id.number === entry.number && id.pod === folder);
  if (storeTime === undefined || listed?.opened === undefined) return 0;
  const times = listed.checkpoints.map(({ savedAt }) => savedAt);
  return (storeTime - Math.max(listed.opened.savedAt, ...times)) / 1000;
}

/** The median of the last intervals between checkpoints of one attempt; 0 when there is none yet. */
function usualSeconds({ inventory }: BucketFacts): Seconds {
  const newestFirst = inventory.attempts.toReversed();
  // Retention thins out step checkpoints, which makes what is left of them look rarer than they came.
  const all = median(newestFirst.flatMap((attempt) => intervalsOf(attempt, () => true)));
  const lasts = median(newestFirst.flatMap((attempt) => intervalsOf(attempt, (kind) => kind === 'Last')));
  return all === undefined || lasts === undefined ? (all ?? lasts ?? 0) : Math.min(all, lasts);
}

/** Newest first. The time to the first checkpoint counts while there is no other: what came before the others may be removed. */
function intervalsOf(
  { opened, checkpoints }: ListedAttempt,
  isWanted: (kind: string) => boolean,
): readonly Seconds[] {
  const saved = checkpoints.filter(({ kind }) => isWanted(kind)).map(({ savedAt }) => savedAt);
  const times: readonly Instant[] =
    saved.length === 1 && opened !== undefined ? [opened.savedAt, ...saved] : saved;
  const newestFirst = times.toSorted((a, b) => b - a);
  return newestFirst.slice(1).map((time, index) => ((newestFirst[index] ?? time) - time) / 1000);
}

function median(newestFirst: readonly Seconds[]): Seconds | undefined {
  const sorted = newestFirst.slice(0, usualIntervals).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
