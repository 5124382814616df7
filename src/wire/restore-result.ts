// What restore leaves as its termination message (at most 4096 bytes), so that the operator knows why it ended
// after the pod is gone. Its exit codes stand in domain/run/ending.ts.
import { z } from 'zod';
import { update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

const schema = z.object({
  version: z.literal(1),
  outcome: z.enum(['Restored', 'Scratch', 'Stopped', 'Unavailable']),
  /** WrongPlace, LineageUnreadable, NoUsableCheckpoint, RollbackNotFound, Source…, BadConfiguration, NotEnoughDisk, StoreUnavailable …; empty on success. */
  reason: z.string(),
  message: z.string().max(2048),
  update: update.nullable(),
});

export type RestoreResult = z.output<typeof schema>;

export const restoreResult: DocumentCodec<RestoreResult> = documentCodec(
  schema,
  'Run agents and operator of one version.',
);
