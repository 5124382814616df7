// What of an attempt's work survives it, and what does not.
import type { Update } from '../units.ts';
import type { TrainerSight } from './trainer-sight.ts';
import type { LedgerEntry } from './status.ts';

/** The newest update that survives an attempt: its own newest save, else what it started from, else 0. */
export const survivingUpdate = (entry: LedgerEntry): Update => entry.savedUpdate ?? startUpdate(entry);

/** The update the attempt's trainer went on from; 0 from scratch and with weights only. */
export const startUpdate = ({ resumedFrom, initializedFrom }: LedgerEntry): Update =>
  resumedFrom?.update ?? (initializedFrom?.mode === 'Resume' ? (initializedFrom.update ?? 0) : 0);

/** True when the attempt saved beyond its own start. */
export const madeProgress = (entry: LedgerEntry): boolean =>
  entry.savedUpdate !== undefined && entry.savedUpdate > startUpdate(entry);

/** The updates that were made and not saved; a lower bound unless the log was read to its end. */
export function lostWork(
  entry: LedgerEntry,
  sight: TrainerSight | undefined,
): Pick<LedgerEntry, 'lostUpdates' | 'lostUpdatesIsLowerBound'> {
  if (entry.startedAt === undefined) return {};
  const surviving = survivingUpdate(entry);
  const sawTheEnd = sight?.attempt === entry.number && sight.final && sight.update !== undefined;
  return {
    lostUpdates: Math.max(0, (entry.endUpdate ?? surviving) - surviving),
    lostUpdatesIsLowerBound: sawTheEnd ? false : (entry.lostUpdatesIsLowerBound ?? true),
  };
}
