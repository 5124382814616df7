// Which checkpoints that status lists are on the lineage, as far as status alone can tell: back from the resume point, through the
// ledger's attempts. What the ledger no longer knows stays unknown. The truth about lineage is in the bucket (bucket/lineage.ts).
import type { Update } from '../units.ts';
import type { ListedCheckpoint, RunStatus } from './status.ts';

/** Abandoned: off the chain, left behind by a rollback. */
export type LineagePlace = 'Current' | 'Abandoned' | 'Unknown';

type Known = Pick<RunStatus, 'resumePoint' | 'attempts'>;

interface Link {
  readonly attempt: number;
  /** The newest update of it that counts. */
  readonly update: Update;
}

/** Where a listed checkpoint stands. */
export function placeOf({ resumePoint, attempts }: Known, checkpoint: ListedCheckpoint): LineagePlace {
  const { attempt, update } = checkpoint;
  const place = (link: Link | undefined): LineagePlace => {
    if (link === undefined || link.attempt < attempt) return 'Abandoned';
    if (link.attempt === attempt) return update <= link.update ? 'Current' : 'Abandoned';
    const entry = attempts.find(({ number }) => number === link.attempt);
    const from = entry?.resumedFrom;
    // a chain goes back in time; one that does not is nothing to follow
    if (entry === undefined || (from !== undefined && from.attempt >= link.attempt)) return 'Unknown';
    return place(from);
  };
  return resumePoint === undefined ? 'Unknown' : place(resumePoint);
}
