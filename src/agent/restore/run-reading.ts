// Reads what the bucket knows of this run: a complete listing, run.json and every attempt.json. A document that cannot be
// read stops the start, since passing over it would quietly continue from an older attempt.
import type { AttemptOrigin } from '../../domain/bucket/lineage.ts';
import { type ListedAttempt, type ListedObject, readInventory } from '../../domain/bucket/inventory.ts';
import type { ResumeQuestion } from '../../domain/bucket/resume.ts';
import { attemptDocument } from '../../wire/attempt-document.ts';
import { DocumentError } from '../../wire/document.ts';
import { runDocument } from '../../wire/run-document.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { BucketChanged, RestoreStop } from './stop.ts';

const requestsAtOnce = 8;

/** Everything the resume plan asks for. Rejects with BucketChanged when a listed document has gone meanwhile. */
export async function readRun(world: AgentWorld, signal: AbortSignal): Promise<ResumeQuestion> {
  const { runPrefix, environment } = world.config;
  const listing = await patiently(world, () => listAll(world, signal), signal);
  const inventory = readInventory(runPrefix, listing);
  const { expected } = environment;
  return {
    runUid: environment.run.uid,
    markerUid: await readMarker(world, inventory.marker, signal),
    inventory,
    origins: await readOrigins(world, inventory.attempts, signal),
    expected: expected ?? undefined,
  };
}

async function listAll(
  { objects, config }: AgentWorld,
  signal: AbortSignal,
): Promise<readonly ListedObject[]> {
  const pages: ListedObject[][] = [];
  for await (const page of objects.list(config.runPrefix, signal)) pages.push([...page]);
  return pages.flat();
}

async function readMarker(
  world: AgentWorld,
  marker: ListedObject | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (marker === undefined) return undefined;
  const text = await readText(world, marker.key, signal);
  return understood('WrongPlace', () => runDocument.parse(text, marker.key)).runUid;
}

async function readOrigins(
  world: AgentWorld,
  attempts: readonly ListedAttempt[],
  signal: AbortSignal,
): Promise<readonly AttemptOrigin[]> {
  const origins: AttemptOrigin[] = [];
  for (let at = 0; at < attempts.length; at += requestsAtOnce) {
    const some = attempts.slice(at, at + requestsAtOnce);
    const read = await Promise.all(some.map((attempt) => readOrigin(world, attempt, signal)));
    origins.push(...read.filter((origin) => origin !== undefined));
  }
  return origins;
}

async function readOrigin(
  world: AgentWorld,
  { id, opened }: ListedAttempt,
  signal: AbortSignal,
): Promise<AttemptOrigin | undefined> {
  if (opened === undefined) return undefined;
  const text = await readText(world, opened.key, signal);
  const { resumedFrom } = understood('LineageUnreadable', () => attemptDocument.parse(text, opened.key));
  return { id, openedAt: opened.savedAt, resumedFrom: resumedFrom ?? undefined };
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
