// Reads what a bucket says of one run: the complete listing, run.json and every attempt.json. What they mean is decided by the
// functions the operator and the agents decide with (domain/bucket); nothing is written.
import {
  type Checkpoint,
  type ListedAttempt,
  type ListedObject,
  readInventory,
  type RunInventory,
} from '../domain/bucket/inventory.ts';
import { parseRunObject } from '../domain/bucket/keys.ts';
import { type AttemptOrigin, checkpointsOnLineage, traceLineage } from '../domain/bucket/lineage.ts';
import { planResume, type ResumePlan } from '../domain/bucket/resume.ts';
import type { Instant } from '../domain/units.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { attemptDocument } from '../wire/attempt-document.ts';
import { DocumentError } from '../wire/document.ts';
import { runDocument } from '../wire/run-document.ts';
import { CommandError } from './errors.ts';

const requestsAtOnce = 8;

/** A run as its bucket tells it. */
export interface RunReading {
  readonly inventory: RunInventory;
  /** On the lineage, newest first; undefined when it cannot be read. */
  readonly lineage: readonly Checkpoint[] | undefined;
  /** From what the next attempt would start. */
  readonly plan: ResumePlan;
  /** The store's clock. */
  readonly storeTime: Instant | undefined;
}

interface Source {
  readonly objects: ObjectStore;
  readonly signal: AbortSignal;
}

/** Reads everything below `prefix`. @throws ObjectStoreError, CommandError when what is there cannot be understood */
export async function readRun(
  objects: ObjectStore,
  { prefix, run }: { readonly prefix: string; readonly run: TTSTrainingRun },
  signal: AbortSignal,
): Promise<RunReading> {
  const source = { objects, signal };
  const listing: ListedObject[] = [];
  for await (const page of objects.list(prefix, signal)) listing.push(...page);
  const inventory = readInventory(prefix, listing);
  const markerUid = inventory.marker === undefined ? undefined : await readMarker(source, inventory.marker);
  const origins = await readOrigins(source, inventory.attempts);
  const plan = planResume({
    runUid: run.metadata.uid,
    markerUid,
    inventory,
    origins,
    expected: expectedOf(run, prefix),
    rollback: run.spec.rollback,
    initializes: run.spec.initializeFrom !== undefined,
  });
  const lineage = traceLineage(origins);
  return {
    inventory,
    lineage: lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : undefined,
    plan,
    storeTime: objects.time(),
  };
}

function expectedOf({ status }: TTSTrainingRun, prefix: string) {
  const object =
    status?.resumePoint === undefined
      ? undefined
      : parseRunObject(status.resumePoint.key.slice(prefix.length));
  return object?.is === 'Checkpoint' ? object : undefined;
}

async function readMarker(source: Source, marker: ListedObject): Promise<string> {
  const text = await readText(source, marker);
  return understood(() => runDocument.parse(text, marker.key)).runUid;
}

async function readOrigins(
  source: Source,
  attempts: readonly ListedAttempt[],
): Promise<readonly AttemptOrigin[]> {
  const origins: AttemptOrigin[] = [];
  for (let at = 0; at < attempts.length; at += requestsAtOnce) {
    const some = attempts.slice(at, at + requestsAtOnce);
    const read = await Promise.all(some.map((attempt) => readOrigin(source, attempt)));
    origins.push(...read.filter((origin) => origin !== undefined));
  }
  return origins;
}

async function readOrigin(source: Source, { id, opened }: ListedAttempt): Promise<AttemptOrigin | undefined> {
  if (opened === undefined) return undefined;
  const text = await readText(source, opened);
  const { resumedFrom, rollback } = understood(() => attemptDocument.parse(text, opened.key));
  const openedAt = opened.savedAt;
  return { id, openedAt, resumedFrom: resumedFrom ?? undefined, rollback: rollback ?? undefined };
}

async function readText({ objects, signal }: Source, { key }: ListedObject): Promise<string> {
  const document = await objects.get(key, signal);
  if (document === undefined)
    throw new CommandError(`${key} disappeared while it was being read: run the command again`);
  return new TextDecoder().decode(document.bytes);
}

function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof DocumentError) throw new CommandError(cause.message, { cause });
    throw cause;
  }
}
