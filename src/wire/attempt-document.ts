// attempt.json: from what an attempt started. Restore's last act, before the trainer may run; the links of the lineage.
import { z } from 'zod';
import { attemptReference, sizeBytes, update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';
import { startMode } from './start-request.ts';

const schema = z.object({
  version: z.literal(1),
  attempt: attemptReference,
  runUid: z.string().min(1),
  podUid: z.string().min(1),
  /** The run's own checkpoint placed as model_last.pt; null ends the lineage. */
  resumedFrom: z.object({ key: z.string(), attempt: attemptReference, update, sizeBytes }).nullable(),
  /** What was placed instead, of another run or an object; null otherwise. Absent in documents of older versions. */
  initializedFrom: z
    .object({ key: z.string(), update: update.nullable(), mode: startMode })
    .nullable()
    .default(null),
  /** The id of the rollback this start carried out. Absent in documents of older versions. */
  rollback: z.string().nullable().default(null),
  /** Candidates that were newer but could not be used, and why. */
  skipped: z.array(z.object({ key: z.string(), reason: z.string() })),
  image: z.string(),
  gpus: z.int().min(0),
  /** How long restore took, from its start to this document. */
  restoreSeconds: z.number().min(0),
  /** Of that, how long it waited for the predecessor's flush. */
  waitedSeconds: z.number().min(0),
});

export type AttemptDocument = z.output<typeof schema>;

export const attemptDocument: DocumentCodec<AttemptDocument> = documentCodec(
  schema,
  'Put it back as it was. Without a copy of it remove it, and let spec.rollback name the update and the attempt to go on from.',
);
