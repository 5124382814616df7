// What the run controller tells whoever counts: how status was written, and what the attempts that ended had cost.
import type { RunStatus } from '../domain/run/status.ts';

export interface StatusWrite {
  /** Facts, or only progress. */
  readonly kind: 'Facts' | 'Progress';
  readonly before: RunStatus | undefined;
  readonly after: RunStatus;
}

export interface RunMetrics {
  /** A status was written. */
  wrote(write: StatusWrite): void;
  /** A write of progress was put off, because the budget was used up. */
  putOff(): void;
}
