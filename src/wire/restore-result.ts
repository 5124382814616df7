// What restore leaves as its termination message (at most 4096 bytes), so that the operator knows why it ended
// after the pod is gone. The exit code tells the class: podFailurePolicy reads nothing else.
import { z } from 'zod';
import { update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

/** Restore's exit codes. `waitsForPerson`: nothing changes by trying again. `retryable`: the store could not be reached. */
export const restoreExitCodes = { done: 0, waitsForPerson: 10, retryable: 11 } as const;

const schema = z.object({
  version: z.literal(1),
  outcome: z.enum(['Restored', 'Scratch', 'Stopped', 'Unavailable']),
  /** WrongPlace, LineageUnreadable, NoUsableCheckpoint, BadConfiguration, NotEnoughDisk, StoreUnavailable …; empty on success. */
  reason: z.string(),
  message: z.string().max(2048),
  update: update.nullable(),
});

export type RestoreResult = z.output<typeof schema>;

export const restoreResult: DocumentCodec<RestoreResult> = documentCodec(schema);
