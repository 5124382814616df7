// A run's checkpoints as rows: for programs with fixed fields, for a person aligned. The rows come from status or from the bucket
// and look the same; a fact only one of them knows is null in the other.
import type { CheckpointKind } from '../domain/bucket/keys.ts';
import { type LineagePlace, placeOf } from '../domain/run/listed-lineage.ts';
import type { RunStatus } from '../domain/run/status.ts';
import { formatTime, parseTime } from '../domain/time.ts';
import type { Bytes, Instant, Update } from '../domain/units.ts';
import { formatColumns } from './columns.ts';
import type { RunReading } from './run-reading.ts';
import { formatBytes } from '../domain/size.ts';
import { formatAge } from './words.ts';

export interface CheckpointRow {
  readonly update: Update;
  readonly attempt: number;
  readonly kind: CheckpointKind;
  readonly sizeBytes: Bytes;
  readonly savedAt: Instant;
  readonly lineage: LineagePlace;
  readonly isResumePoint: boolean;
  /** What retention says of it; only status knows. */
  readonly verdict: string | null;
  /** Only the bucket knows. */
  readonly key: string | null;
}

/** The rows status holds: the newest checkpoints, in its order. */
export function rowsFromStatus(status: RunStatus): readonly CheckpointRow[] {
  const { resumePoint: point, checkpoints } = status;
  return (checkpoints?.newest ?? []).map((listed) => {
    const { update, attempt, kind, sizeBytes, savedAt, verdict } = listed;
    const isResumePoint =
      point !== undefined && point.attempt === attempt && point.update === update && point.kind === kind;
    const facts = {
      update,
      attempt,
      kind,
      sizeBytes,
      savedAt: parseTime(savedAt) ?? 0,
      verdict,
      isResumePoint,
    };
    return { ...facts, lineage: placeOf(status, listed), key: isResumePoint ? point.key : null };
  });
}

/** Every checkpoint in the bucket: by attempt, then update, newest first. */
export function rowsFromBucket({ inventory, lineage, plan }: RunReading): readonly CheckpointRow[] {
  const current = new Set(lineage?.map(({ key }) => key));
  const resumeKey = plan.kind === 'From' ? plan.candidates[0]?.key : undefined;
  const all = inventory.attempts.flatMap((attempt) => attempt.checkpoints);
  return all
    .toSorted(
      (a, b) => b.attempt.number - a.attempt.number || b.update - a.update || (a.kind === 'Last' ? -1 : 1),
    )
    .map(({ key, update, attempt, kind, sizeBytes, savedAt }) => ({
      update,
      attempt: attempt.number,
      kind,
      sizeBytes,
      savedAt,
      verdict: null,
      key,
      lineage: lineage === undefined ? 'Unknown' : current.has(key) ? 'Current' : 'Abandoned',
      isResumePoint: key === resumeKey,
    }));
}

/** The fields of `-o json`, in this order. Scripts rely on them. */
export function reportOf(row: CheckpointRow): object {
  const { update, attempt, kind, sizeBytes, savedAt, lineage, isResumePoint, verdict, key } = row;
  return {
    update,
    attempt,
    kind,
    sizeBytes,
    savedAt: formatTime(savedAt),
    lineage,
    resumePoint: isResumePoint,
    verdict,
    key,
  };
}

/** A table for a person; ages as of `now`. */
export function describeRows(rows: readonly CheckpointRow[], now: Instant): string {
  const hasVerdicts = rows.some(({ verdict }) => verdict !== null);
  const heading = [
    '',
    'UPDATE',
    'ATTEMPT',
    'KIND',
    'SIZE',
    'AGE',
    'LINEAGE',
    ...(hasVerdicts ? ['RETENTION'] : []),
  ];
  const cells = rows.map(({ update, attempt, kind, sizeBytes, savedAt, lineage, isResumePoint, verdict }) => [
    isResumePoint ? '*' : '',
    String(update),
    String(attempt),
    kind,
    formatBytes(sizeBytes),
    formatAge(savedAt, now),
    lineage.toLowerCase(),
    ...(hasVerdicts ? [(verdict ?? '').toLowerCase()] : []),
  ]);
  return formatColumns([heading, ...cells]);
}
