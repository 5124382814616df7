// run.json: whose prefix this is. Written by the operator alone, conditionally, before the first Job.
import { z } from 'zod';
import { type DocumentCodec, documentCodec } from './document.ts';

const schema = z.object({
  version: z.literal(1),
  clusterUid: z.string().min(1),
  namespace: z.string().min(1),
  name: z.string().min(1),
  runUid: z.string().min(1),
  labels: z.record(z.string(), z.string()),
  /** The largest attempt number ever reserved, so that none is used twice, also after the run is created anew. */
  highestAttempt: z.int().min(0),
  phase: z.string(),
  /** The run is gone and its deletionPolicy was Delete: the objects of its attempts up to this one are to be deleted. */
  deletion: z
    .object({
      runUid: z.string().min(1),
      upToAttempt: z.int().min(0),
      /** Objects may be gone already: nobody can take over what is left. */
      begun: z.boolean(),
      /** All is gone but what pins hold: another run may start anew beside it. */
      finished: z.boolean().exactOptional(),
    })
    .exactOptional(),
});

export type RunDocument = z.output<typeof schema>;

export const runDocument: DocumentCodec<RunDocument> = documentCodec(
  schema,
  'Put it back as it was, or use another name for the run.',
);
