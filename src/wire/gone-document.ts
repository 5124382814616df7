// gone.json: the operator's word that nothing more comes of an attempt that left no end.json, for the restore that waits for it. That it is
// there says all; a pod that flushes after all, on a node nobody hears of, does no harm: it has a folder of its own.
import { z } from 'zod';
import { attemptReference } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

const schema = z.object({
  version: z.literal(1),
  attempt: attemptReference,
  /** A clause, for people: its pod is gone, node gpu-7 does not answer … */
  why: z.string(),
});

export type GoneDocument = z.output<typeof schema>;

export const goneDocument: DocumentCodec<GoneDocument> = documentCodec(schema, 'Remove it.');
