// Reads what the bucket knows of a run: a complete listing, run.json and every attempt.json. A document that cannot be
// read stops the start, since passing over it would quietly continue from an older attempt.
import type { AttemptOrigin } from '../../domain/bucket/lineage.ts';
import {
  type ListedAttempt,
  type ListedObject,
  readInventory,
  type RunInventory,
} from '../../domain/bucket/inventory.ts';
import type { ResumeQuestion } from '../../domain/bucket/resume.ts';
import { attemptDocument } from '../../wire/attempt-document.ts';
import { DocumentError } from '../../wire/document.ts';
import { type RunDocument, runDocument } from '../../wire/run-document.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { BucketChanged, RestoreStop } from './stop.ts';

const requestsAtOnce = 8;

/** What lies below a run's prefix. */
export interface RunReading {
  readonly marker: RunDocument | undefined;
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
  const listing = await patiently(world, () => listAll(world, prefix, signal), signal);
  const inventory = readInventory(prefix, listing);
  const { marker } = inventory;
  return {
    marker: marker === undefined ? undefined : await readMarker(world, { marker, reasons }, signal),
    inventory,
    origins: await readOrigins(world, { attempts: inventory.attempts, reasons }, signal),
  };
}

async function listAll(
  { objects }: AgentWorld,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly ListedObject[]> {
  const pages: ListedObject[][] = [];
  for await (const page of objects.list(prefix, signal)) pages.push([...page]);
  return pages.flat();
}

async function readMarker(
  world: AgentWorld,
  { marker, reasons }: { readonly marker: ListedObject; readonly reasons: Reasons },
  signal: AbortSignal,
): Promise<RunDocument> {
  const text = await readText(world, marker.key, signal);
  return understood(reasons.marker, () => runDocument.parse(text, marker.key));
}

async function readOrigins(
  world: AgentWorld,
  { attempts, reasons }: { readonly attempts: readonly ListedAttempt[]; readonly reasons: Reasons },
  signal: AbortSignal,
): Promise<readonly AttemptOrigin[]> {
  const origins: AttemptOrigin[] = [];
  for (let at = 0; at < attempts.length; at += requestsAtOnce) {
    const some = attempts.slice(at, at + requestsAtOnce);
    const read = await Promise.all(some.map((attempt) => readOrigin(world, { attempt, reasons }, signal)));
    origins.push(...read.filter((origin) => origin !== undefined));
  }
  return origins;
}

async function readOrigin(
  world: AgentWorld,
  { attempt: { id, opened }, reasons }: { readonly attempt: ListedAttempt; readonly reasons: Reasons },
  signal: AbortSignal,
): Promise<AttemptOrigin | undefined> {
  if (opened === undefined) return undefined;
  const text = await readText(world, opened.key, signal);
  const { resumedFrom, rollback } = understood(reasons.origin, () => attemptDocument.parse(text, opened.key));
  return {
    id,
    openedAt: opened.savedAt,
    resumedFrom: resumedFrom ?? undefined,
    rollback: rollback ?? undefined,
  };
}

async function readText(world: AgentWorld, key: string, signal: AbortSignal): Promise<string> {
  const document = await patiently(world, () => world.objects.get(key, signal), signal);
  if (document === undefined) throw new BucketChanged(`${key} disappeared`);
  return new TextDecoder().decode(document.bytes);
}

function understood<T>(reason: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof DocumentError) throw new RestoreStop(reason, cause.message);
    throw cause;
  }
}
