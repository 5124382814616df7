// How the programs tell each other where a run is asked to start: a rollback, or what it is initialised from.
import { z } from 'zod';
import { update } from './attempt-reference.ts';

export const rollbackRequest = z.object({
  /** 0 = from scratch. */
  update,
  /** 0 = the lineage's. */
  attempt: z.int().min(0),
  id: z.string().min(1),
});

/** Resume takes over the whole training state; WarmStart the EMA weights alone, counting from 0. */
export const startMode = z.enum(['Resume', 'WarmStart']);

export type StartMode = z.output<typeof startMode>;

export const initialSource = z.object({
  mode: startMode,
  /** The UID of this cluster: what belongs to another is no source. */
  clusterUid: z.string(),
  /** The UIDs of clusters that are no more, whose runs the store takes over. Absent in what older versions write. */
  adoptClusters: z.array(z.string()).default([]),
  source: z.discriminatedUnion('is', [
    z.object({ is: z.literal('Run'), run: z.string().min(1), update: update.nullable() }),
    /** Below `_objects/` of the namespace. */
    z.object({ is: z.literal('Object'), object: z.string().min(1) }),
  ]),
});
