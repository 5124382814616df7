// deletions/<date>.json: what retention removed from a run on one day, and why. Written by the operator alone, over exactly what it read.
import { z } from 'zod';
import { type DocumentCodec, documentCodec } from './document.ts';

const deletion = z.object({
  /** Relative to the run's prefix. */
  key: z.string().min(1),
  sizeBytes: z.int().min(0),
  savedAt: z.string(),
  /** When its deletion was asked of the store. */
  deletedAt: z.string(),
  /** Every reason for and against it, as docs/retention.md explains them. */
  reasons: z.array(z.string()).readonly(),
});

const schema = z.object({
  version: z.literal(1),
  /** The first of the day. */
  deletions: z.array(deletion).readonly(),
  /** What came after those. */
  more: z.object({ count: z.int().min(0), bytes: z.int().min(0) }),
});

export type DeletionsDocument = z.output<typeof schema>;
export type LoggedDeletion = z.output<typeof deletion>;

export const deletionsDocument: DocumentCodec<DeletionsDocument> = documentCodec(
  schema,
  'Remove it, or put it back as it was: until then nothing is deleted that would have to be noted in it.',
);
