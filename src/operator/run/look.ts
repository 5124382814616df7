// What a look at a running pod came to, and what is remembered of it until the next one.
import type { TrainerSight } from '../../domain/run/trainer-sight.ts';

/** The look, and how many objects the agent says it has uploaded. */
export interface Look {
  readonly sight: TrainerSight | undefined;
  readonly uploads: number | undefined;
}

/** The newest look at a pod, by its UID. */
export interface RememberedLook {
  readonly pod: string;
  readonly look: Look;
  /** Monotonic milliseconds from which it is worth asking again. */
  readonly askAgainAt: number;
  /** True once the beginning of its log was read with an update in its end: it will not tell more. */
  readonly isHeadRead: boolean;
}

export const nothingSeen: Look = { sight: undefined, uploads: undefined };

/** What was seen then is still true of then; that nothing came after it is not known. */
export const seenBefore = ({ sight, uploads }: Look = nothingSeen): Look => ({
  sight: sight === undefined ? undefined : { ...sight, heard: false, final: false },
  uploads,
});
