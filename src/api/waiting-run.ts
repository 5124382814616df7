// A run as far as it may wait for another's checkpoint. Little is asked of it, so that one which is not understood otherwise
// still keeps what it waits for from being deleted.
import { z } from 'zod';

const schema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), uid: z.string() }),
  spec: z.object({ initializeFrom: z.object({ run: z.string(), update: z.number().optional() }) }),
  status: z.object({ checkpoints: z.object({ count: z.number() }).optional() }).optional(),
});

/** A run that is to be initialised from another and has no checkpoint of its own yet. */
export interface WaitingRun {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly source: { readonly run: string; readonly update?: number | undefined };
}

/** Reads an object of the API server; undefined for a run that waits for no other. */
export function parseWaitingRun(object: object): WaitingRun | undefined {
  // Every run is asked in every pass over another, and hardly any waits.
  if (!('spec' in object) || !isObject(object.spec) || !('initializeFrom' in object.spec)) return undefined;
  const read = schema.safeParse(object);
  if (!read.success || (read.data.status?.checkpoints?.count ?? 0) > 0) return undefined;
  return { ...read.data.metadata, source: read.data.spec.initializeFrom };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
