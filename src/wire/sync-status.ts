// What a sync agent says of itself at /status. Display only: decisions rest on the bucket.
import { z } from 'zod';
import { attemptReference, instant, sizeBytes, update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

/** The port of /status, /metrics and /healthz on the pod's IP. */
export const syncStatusPort = 8088;

/**
 * Where kubelet asks, by the trainer's preStop hook, before it ends the trainer of a pod that is deleted or evicted. A hook is not run
 * when a container ends by itself (kubernetes.io: Container Lifecycle Hooks). The UID keeps passers-by from asking.
 */
export const podEndingPath = (runUid: string): string => `/pod-ending/${runUid}`;

const schema = z.object({
  version: z.literal(1),
  attempt: attemptReference,
  observedAt: instant,
  /** The newest update in a finished file on the disk; null before the first. */
  lastUpdateSeen: update.nullable(),
  /** The newest update this attempt has in the bucket; null before the first. */
  lastUpdateSaved: update.nullable(),
  /** Updates the finished schedule will have made, from the newest file; null when it does not say. */
  plannedUpdates: update.nullable(),
  /** How many objects this attempt has put into the bucket; a change means that a listing is worth while. */
  uploads: z.int().min(0),
  uploading: z.object({ file: z.string(), sentBytes: sizeBytes, sizeBytes }).nullable(),
  flushing: z.boolean(),
  /** What a person should know now, one sentence each: store unreachable, disk short, a torn file, two owners … */
  problems: z.array(z.object({ code: z.string(), message: z.string() })).max(20),
});

export type SyncStatus = z.output<typeof schema>;

export const syncStatus: DocumentCodec<SyncStatus> = documentCodec(
  schema,
  'Run agents and operator of one version.',
);
