// run.json: whose prefix this is. Written by the operator alone, conditionally, before the first Job.
import { z } from 'zod';
import { type DocumentCodec, documentCodec } from './document.ts';
import { instant } from './instant.ts';

const labels = z.record(z.string(), z.string());

const schema = z.object({
  version: z.literal(1),
  clusterUid: z.string().min(1),
  namespace: z.string().min(1),
  name: z.string().min(1),
  runUid: z.string().min(1),
  /** Of the run, by which policies select what it leaves. */
  labels,
  /** The same of its namespace; absent: unknown. */
  namespaceLabels: labels.exactOptional(),
  /** What the run wished for its objects; absent: that they are retained. */
  deletionPolicy: z.enum(['Retain', 'Delete']).exactOptional(),
  /** The largest attempt number ever reserved, so that none is used twice, also after the run is created anew. */
  highestAttempt: z.int().min(0),
  phase: z.string(),
  /** Since when no listing of runs has the run; absent while one has it, or nobody has looked. */
  gone: z.object({ since: instant }).exactOptional(),
  /** The run is gone, and the objects of its attempts up to this one are to be deleted: its deletionPolicy was Delete, or a policy says so. */
  deletion: z
    .object({
      runUid: z.string().min(1),
      upToAttempt: z.int().min(0),
      /** Objects may be gone already: nobody can take over what is left. */
      begun: z.boolean(),
      /** All is gone but what pins hold: another run may start anew beside it. */
      finished: z.boolean().exactOptional(),
      /** A policy's orphans asked for it, not the run: it holds only as long as that policy does. */
      byPolicy: z.literal(true).exactOptional(),
    })
    .exactOptional(),
});

export type RunDocument = z.output<typeof schema>;

export const runDocument: DocumentCodec<RunDocument> = documentCodec(
  schema,
  'Put it back as it was, or use another name for the run.',
);
