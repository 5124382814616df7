// What an attempt started from, as a clause of status.message; what restore could not use is named, never passed over.
import { newerFirst } from '../bucket/lineage.ts';
import type { Decision } from './decision.ts';
import type { OriginFacts, Snapshot } from './facts.ts';
import { entryBefore } from './recovery.ts';
import type { LedgerEntry } from './status.ts';

interface View {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
}

/** For "attempt 3 on gpu-7, resumed from update 55000 after Evicted". */
export const originClause = (entry: LedgerEntry, view: View): string =>
  `${beginning(entry, view)}${skippedClause(originOf(entry, view.snapshot))}`;

function beginning(entry: LedgerEntry, { decision, snapshot }: View): string {
  const { number, resumedFrom, initializedFrom, rollback } = entry;
  if (initializedFrom !== undefined) return initialClause(initializedFrom);
  const asked = rollback === undefined ? '' : `, as rollback "${rollback}" asked`;
  // Its attempt.json may have come after the bucket was read.
  if (resumedFrom === undefined)
    return originOf(entry, snapshot) === undefined ? ' trains' : `, from scratch${asked}`;
  if (rollback !== undefined) return `, from update ${resumedFrom.update}${asked}`;
  const before = entryBefore(
    number,
    decision.attempts.map(({ entry }) => entry),
  );
  const why = before?.cause === undefined ? '' : ` after ${before.cause}`;
  return `, resumed from update ${resumedFrom.update}${why}`;
}

function initialClause({ key, update, mode }: NonNullable<LedgerEntry['initializedFrom']>): string {
  const what = update === undefined ? key : `update ${update} (${key})`;
  return mode === 'Resume' ? `, initialised from ${what}` : `, with the weights of ${what}`;
}

function originOf({ number }: LedgerEntry, { bucket }: Snapshot): OriginFacts | undefined {
  if (bucket.kind === 'Unreadable') return undefined;
  return bucket.facts.origins.filter(({ id }) => id.number === number).toSorted(newerFirst)[0];
}

function skippedClause(origin: OriginFacts | undefined): string {
  const [first, ...others] = origin?.skipped ?? [];
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `; ${first.key} could not be used (${first.reason.replace(/\.$/, '')})${more}`;
}
