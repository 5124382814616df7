// The sums over all attempts of a run, which outlive the ledger: each attempt is counted once, in the pass that writes its end for
// the first time or, should it never end, in the pass that lets it go.
import { isNewlyEnded, neverRan } from './budget.ts';
import { type Effect, effectOf } from './causes.ts';
import { costOf, usefulSeconds, wallSeconds } from './cost.ts';
import { newlyActiveSeconds } from './deadline.ts';
import type { Decision } from './decision.ts';
import type { Snapshot } from './facts.ts';
import type { LedgerEntry, RunStatus } from './status.ts';

type Totals = RunStatus['totals'];

const nothingYet: Totals = {
  attempts: 0,
  disruptions: 0,
  failures: 0,
  lostUpdates: 0,
  reclaimedBytes: 0,
};

/** The totals after this pass. */
export function totalsOf({ run, retention, now }: Snapshot, decision: Decision): Totals {
  const { totals: before = nothingYet, attempts: known = [], attempt: reserved = 0 } = run.status ?? {};
  const entries = decision.attempts.map(({ entry }) => entry);
  const over = newlyOver(known, entries);
  const spared = new Set(decision.attempts.filter(neverRan).map(({ entry }) => entry.number));
  const count = (effect: Effect): number =>
    over.filter(
      ({ cause, number }) => cause !== undefined && effectOf(cause) === effect && !spared.has(number),
    ).length;
  const all = [...entries, ...known];
  const useful = sum(before.usefulSeconds, over, usefulSeconds);
  const wall = sum(before.wallSeconds, over, (entry) => wallSeconds(entry, all));
  return {
    attempts: before.attempts + entries.filter(({ number }) => number > reserved).length,
    disruptions: before.disruptions + count('Disruption'),
    failures: before.failures + count('Failure'),
    lostUpdates: sum(before.lostUpdates, over, ({ lostUpdates }) => lostUpdates),
    gpuSeconds: sum(before.gpuSeconds, over, ({ gpuSeconds }) => gpuSeconds),
    lostGpuSeconds: sum(before.lostGpuSeconds, over, ({ lostGpuSeconds }) => lostGpuSeconds),
    usefulSeconds: useful,
    wallSeconds: wall,
    goodputPercent: wall === 0 ? undefined : Math.min(100, Math.floor((100 * useful) / wall)),
    reclaimedBytes: before.reclaimedBytes + retention.reclaimedBytes,
    activeSeconds: (before.activeSeconds ?? 0) + newlyActiveSeconds(known, entries, now),
  };
}

/** Attempts whose end this pass writes, and those that leave the ledger without one: on a node that never came back. */
function newlyOver(known: readonly LedgerEntry[], entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const ended = entries.filter((entry) => isNewlyEnded(known, entry));
  const kept = new Set(entries.map(({ number }) => number));
  const dropped = known.filter(({ number, endedAt }) => endedAt === undefined && !kept.has(number));
  return [...ended, ...dropped.map((entry) => ({ ...entry, ...costOf(entry, undefined) }))];
}

const sum = (
  before: number | undefined,
  entries: readonly LedgerEntry[],
  of: (entry: LedgerEntry) => number | undefined,
): number => entries.reduce((total, entry) => total + (of(entry) ?? 0), before ?? 0);
