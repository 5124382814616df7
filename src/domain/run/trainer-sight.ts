// What one look at a running pod shows of its trainer. Times are the operator's.
import type { Instant, Update } from '../units.ts';
import type { FirstUpdate } from './trainer-log.ts';

/** What the running pod shows beyond the bucket: display, and the end of the trainer's counting. */
export interface TrainerSight {
  /** Whose pod it is: the newest whose trainer has started. */
  readonly attempt: number;
  /** The last update in the trainer's log, or in a file its sync agent has seen. */
  readonly update: Update | undefined;
  /** When this was read; earlier than the pass when the pod was not asked again. */
  readonly seenAt: Instant;
  /** When the trainer was first seen at this update. */
  readonly advancedAt: Instant | undefined;
  /** The first update that the log shows, from its beginning, and when that was written; undefined until it was looked for. */
  readonly firstUpdate: FirstUpdate | undefined;
  /** True when the log was read for this very pass. */
  readonly heard: boolean;
  /** True when the log was read after the trainer had ended: nothing came after it. */
  readonly final: boolean;
  readonly plannedUpdates: Update | undefined;
  /** What the agent says a person should know. */
  readonly problems: readonly string[];
}
