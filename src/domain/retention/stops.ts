// Why nothing of a run may be deleted at all. What is told here beats every rule: a wrong place, a clock that cannot be right.
import type { Instant, Seconds } from '../units.ts';
import type { SavedAttempt } from './standing.ts';

/** How far clocks may differ before no age is believed any more. */
const skewSeconds: Seconds = 300;

export interface StopQuestion {
  readonly runUid: string;
  /** The UID in run.json; undefined when there is no run.json. */
  readonly markerUid: string | undefined;
  /** Where the run's objects lie, with its trailing slash. */
  readonly prefix: string;
  readonly attempts: readonly SavedAttempt[];
  readonly origins: readonly { readonly openedAt: Instant }[];
  /** The store's clock; undefined when it never answered with one. */
  readonly storeTime: Instant | undefined;
  /** The clock of who asks; undefined where its time is no matter. */
  readonly now?: Instant | undefined;
}

/** Why nothing may be deleted, or the store's time, by which ages count. */
export function judgeStops(
  question: StopQuestion,
): { readonly why: string } | { readonly storeTime: Instant } {
  const { storeTime, now } = question;
  const misplaced = misplacedIn(question);
  if (misplaced !== undefined) return { why: misplaced };
  if (storeTime === undefined) return { why: "the store's clock is not known" };
  if (now !== undefined && Math.abs(now - storeTime) > skewSeconds * 1000)
    return { why: clocksDiffer(now - storeTime) };
  const newest = newestOf(question);
  if (newest - storeTime > skewSeconds * 1000) return { why: fromTheFuture(newest - storeTime) };
  return { storeTime };
}

function misplacedIn({ markerUid, runUid, prefix }: StopQuestion): string | undefined {
  if (markerUid === runUid) return undefined;
  return markerUid === undefined ? `there is no ${prefix}run.json` : `${prefix}run.json is not this run's`;
}

function newestOf({ attempts, origins }: StopQuestion): Instant {
  let newest = -Infinity;
  for (const { checkpoints } of attempts)
    for (const { savedAt } of checkpoints) if (savedAt > newest) newest = savedAt;
  for (const { openedAt } of origins) if (openedAt > newest) newest = openedAt;
  return newest;
}

const clocksDiffer = (ms: number): string =>
  `the clock of the operator and that of the store differ by ${Math.round(Math.abs(ms) / 1000)} s, so that no age is certain: set the clocks right (NTP)`;

const fromTheFuture = (ms: number): string =>
  `an object was saved ${Math.round(ms / 1000)} s after the store's present time, so that no age is certain: set the store's clock right (NTP)`;
