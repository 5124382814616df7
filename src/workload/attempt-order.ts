// What the operator decided about a new attempt: everything its Job is built from.
import type { TTSTrainingRun } from '../api/run.ts';
import type { CheckpointStore } from '../api/store.ts';
import type { AttemptId } from '../domain/bucket/keys.ts';
import type { Rollback } from '../domain/bucket/rollback.ts';
import type { Instant, Update } from '../domain/units.ts';

/** The image that holds the agents. */
export interface AgentImage {
  readonly image: string;
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
}

export interface AttemptOrder {
  readonly run: TTSTrainingRun;
  readonly store: CheckpointStore;
  readonly agent: AgentImage;
  /** Which cluster this is. */
  readonly clusterUid: string;
  readonly attempt: {
    readonly number: number;
    /** The newest checkpoint known; restore must find it or a better one. */
    readonly expected: { readonly attempt: AttemptId; readonly update: Update } | undefined;
    /** The rollback it carries out. */
    readonly rollback: Rollback | undefined;
    /** The attempt whose pod may still be flushing, and until when. */
    readonly predecessor: { readonly attempt: AttemptId; readonly until: Instant } | undefined;
  };
}
