// Reads what the bucket knows of a run: a complete listing, run.json and every attempt.json. A document that cannot be
// read stops the start, since passing over it would quietly continue from an older attempt.
import type { AttemptOrigin } from '../../domain/bucket/lineage.ts';
import type { ListedAttempt, ListedObject, RunInventory } from '../../domain/bucket/inventory.ts';
import type { ResumeQuestion } from '../../domain/bucket/resume.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import { listRun, markerFrom, originFrom, sideBySide, textOf } from '../../observation/bucket-documents.ts';
import type { StoredDocument } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { BucketChanged, RestoreStop } from './stop.ts';

/** What lies below a run's prefix. */
export interface RunReading {
  readonly marker: MarkerFacts | undefined;
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
}

/** The reason each document that cannot be understood stops the start with. */
interface Reasons {
  readonly marker: string;
  readonly origin: string;
}

/** Everything the resume plan asks for. Rejects with BucketChanged when a listed document has gone meanwhile. */
export async function readRun(world: AgentWorld, signal: AbortSignal): Promise<ResumeQuestion> {
  const { runPrefix, environment } = world.config;
  const reasons = { marker: 'WrongPlace', origin: 'LineageUnreadable' };
  const { marker, inventory, origins } = await readBelow(world, { prefix: runPrefix, reasons }, signal);
  const { run, expected, rollback, initializeFrom } = environment;
  return {
    runUid: run.uid,
    markerUid: marker?.runUid,
    inventory,
    origins,
    expected: expected ?? undefined,
    rollback: rollback ?? undefined,
    initializes: initializeFrom !== null,
  };
}

/** What lies below this run's prefix, or another's of the namespace. */
export async function readBelow(
  world: AgentWorld,
  { prefix, reasons }: { readonly prefix: string; readonly reasons: Reasons },
  signal: AbortSignal,
): Promise<RunReading> {
  const inventory = await patiently(world, () => listRun(world.objects, prefix, signal), signal);
  const { marker } = inventory;
  return {
    marker: marker === undefined ? undefined : await readMarker(world, { marker, reasons }, signal),
    inventory,
    origins: await readOrigins(world, { attempts: inventory.attempts, reasons }, signal),
  };
}

async function readMarker(
  world: AgentWorld,
  { marker, reasons }: { readonly marker: ListedObject; readonly reasons: Reasons },
  signal: AbortSignal,
): Promise<MarkerFacts> {
  const document = await readDocument(world, marker.key, signal);
  return understood(reasons.marker, () => markerFrom(document, marker));
}

async function readOrigins(
  world: AgentWorld,
  { attempts, reasons }: { readonly attempts: readonly ListedAttempt[]; readonly reasons: Reasons },
  signal: AbortSignal,
): Promise<readonly AttemptOrigin[]> {
  const opened = attempts.flatMap(({ id, opened: listed }) =>
    listed === undefined ? [] : [{ id, opened: listed }],
  );
  return sideBySide(opened, async (attempt) => {
    const text = textOf(await readDocument(world, attempt.opened.key, signal));
    return understood(reasons.origin, () => originFrom(text, attempt.opened, attempt.id));
  });
}

async function readDocument(world: AgentWorld, key: string, signal: AbortSignal): Promise<StoredDocument> {
  const document = await patiently(world, () => world.objects.get(key, signal), signal);
  if (document === undefined) throw new BucketChanged(`${key} disappeared`);
  return document;
}

function understood<T>(reason: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof DocumentError) throw new RestoreStop(reason, cause.message);
    throw cause;
  }
}
