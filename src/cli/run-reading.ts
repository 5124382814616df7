// Reads what a bucket says of one run and from what the next attempt would start. What it means is decided by the functions the
// operator and the agents decide with (domain/bucket); nothing is written.
import type { Checkpoint, RunInventory } from '../domain/bucket/inventory.ts';
import { type AttemptOrigin, checkpointsOnLineage, traceLineage } from '../domain/bucket/lineage.ts';
import { planResume, type ResumePlan } from '../domain/bucket/resume.ts';
import { lastKnown } from '../domain/run/beginning.ts';
import type { BucketFacts, MarkerFacts } from '../domain/run/facts.ts';
import type { Instant } from '../domain/units.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import { BucketReader, VanishedError } from '../observation/bucket-reader.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { DocumentError } from '../wire/document.ts';
import { CommandError } from './errors.ts';

/** A run as its bucket tells it. */
export interface RunReading {
  readonly inventory: RunInventory;
  /** On the lineage, newest first; undefined when it cannot be read. */
  readonly lineage: readonly Checkpoint[] | undefined;
  /** From what the next attempt would start. */
  readonly plan: ResumePlan;
  /** The store's clock. */
  readonly storeTime: Instant | undefined;
  /** What each attempt says of its beginning. */
  readonly origins: readonly AttemptOrigin[];
  /** What run.json says. */
  readonly marker: MarkerFacts | undefined;
}

/** Reads everything below `prefix`. @throws ObjectStoreError, CommandError when what is there cannot be understood */
export async function readRun(
  objects: ObjectStore,
  { prefix, run }: { readonly prefix: string; readonly run: TTSTrainingRun },
  signal: AbortSignal,
): Promise<RunReading> {
  const { inventory, marker, origins, storeTime } = await readFacts(objects, prefix, signal);
  const plan = planResume({
    runUid: run.metadata.uid,
    markerUid: marker?.runUid,
    inventory,
    origins,
    expected: lastKnown(run.status, prefix),
    rollback: run.spec.rollback,
    initializes: run.spec.initializeFrom !== undefined,
  });
  const lineage = traceLineage(origins);
  return {
    inventory,
    lineage: lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : undefined,
    plan,
    storeTime,
    origins,
    marker,
  };
}

/** The facts below the prefix. @throws ObjectStoreError, CommandError */
export async function readFacts(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<BucketFacts> {
  try {
    return await new BucketReader().facts(objects, prefix, signal);
  } catch (cause) {
    if (cause instanceof DocumentError) throw new CommandError(cause.message, { cause });
    if (!(cause instanceof VanishedError)) throw cause;
    throw new CommandError(`${cause.message}: run the command again`, { cause });
  }
}
