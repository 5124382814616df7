// end.json: how an attempt's sync ended. Its last act, after the last upload; its absence means the flush did not finish.
import { z } from 'zod';
import { attemptReference, update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

const schema = z.object({
  version: z.literal(1),
  attempt: attemptReference,
  podUid: z.string().min(1),
  /** True when the pod was being ended before its trainer had: then an exit code of 0 is no success. */
  podWasEnding: z.boolean().default(false),
  /** True when the newest finished checkpoint on the disk is in the bucket (or the one restore placed is the newest). */
  flushed: z.boolean(),
  /** How many checkpoint files the trainer was seen to write, finished or torn. */
  filesSeen: z.int().min(0),
  /** The newest update in a finished file of this attempt; null when there was none. */
  lastUpdateSeen: update.nullable(),
  /** The newest update of this attempt in the bucket; null when there is none. */
  lastUpdateSaved: update.nullable(),
  /** What could not be sent, and why: torn files, an unreachable store, a grace too short. */
  unsent: z.array(z.object({ file: z.string(), reason: z.string() })),
  flushSeconds: z.number().min(0),
});

export type EndDocument = z.output<typeof schema>;

export const endDocument: DocumentCodec<EndDocument> = documentCodec(
  schema,
  'Put it back as it was, or remove it: the attempt then counts as one that could not tell what it had saved.',
);
