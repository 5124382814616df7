// attempt.json: the link of the lineage, restore's last act. It belongs to this pod alone; another pod's is never touched.
import type { PlacedFile } from '../../wire/placed-file.ts';
import { type AttemptDocument, attemptDocument } from '../../wire/attempt-document.ts';
import { DocumentError } from '../../wire/document.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { isLoadable } from '../../domain/agent/checkpoint-files.ts';
import { patiently } from '../patience.ts';
import { isPlaced, readPlaced } from '../placed.ts';
import { type AgentWorld, keyOf } from '../world.ts';
import { RestoreStop } from './stop.ts';

/** Writes the document; over one that this very pod wrote before, only when it tells something else. */
export async function openAttempt(
  world: AgentWorld,
  document: AttemptDocument,
  signal: AbortSignal,
): Promise<void> {
  const key = keyOf(world, { is: 'Attempt', attempt: document.attempt });
  const bytes = encode(document);
  try {
    await patiently(world, () => world.objects.put({ key, bytes, condition: 'absent' }, signal), signal);
  } catch (cause) {
    if (!(cause instanceof ObjectStoreError) || cause.code !== 'PreconditionFailed') throw cause;
    // An earlier try of this pod, or this one's own write whose answer was lost.
    const present = await readOwn(world, signal);
    if (present === undefined || beginningOf(present.document) === beginningOf(document)) return;
    // A rollback that was carried out stays so, whatever this try found to start from.
    const rollback = document.rollback ?? present.document.rollback;
    await replace(world, { key, etag: present.etag, document: { ...document, rollback } }, signal);
  }
}

interface Replacement {
  readonly key: string;
  readonly etag: string;
  readonly document: AttemptDocument;
}

async function replace(
  world: AgentWorld,
  { key, etag, document }: Replacement,
  signal: AbortSignal,
): Promise<void> {
  const bytes = encode(document);
  await patiently(world, () => world.objects.put({ key, bytes, condition: { etag } }, signal), signal);
}

const encode = (document: AttemptDocument): Uint8Array =>
  new TextEncoder().encode(attemptDocument.format(document));

/** The key of what the attempt was started from; undefined from scratch. */
const beginningOf = ({ resumedFrom, initializedFrom }: AttemptDocument): string | undefined =>
  (resumedFrom ?? initializedFrom)?.key;

/** What was placed when an earlier try of this pod came to its end and everything is still as it left it. */
export async function findFinished(world: AgentWorld, signal: AbortSignal): Promise<PlacedFile | undefined> {
  const note = await readPlaced(world);
  if (note === undefined) return undefined;
  const found = (await world.disk.list(world.config.directory)).filter(({ name }) => isLoadable(name));
  const isAsLeft = note.placed === null ? found.length === 0 : found.length === 1;
  if (!isAsLeft || !found.every((facts) => isPlaced(note, facts))) return undefined;
  const present = await readOwn(world, signal);
  if (present === undefined) return undefined;
  return beginningOf(present.document) === note.placed?.key ? note : undefined;
}

async function readOwn(
  world: AgentWorld,
  signal: AbortSignal,
): Promise<{ readonly document: AttemptDocument; readonly etag: string } | undefined> {
  const { attempt, podUid } = world.config;
  const key = keyOf(world, { is: 'Attempt', attempt });
  const stored = await patiently(world, () => world.objects.get(key, signal), signal);
  if (stored === undefined) return undefined;
  const document = parse(new TextDecoder().decode(stored.bytes), key);
  if (document.podUid === podUid) return { document, etag: stored.etag };
  const message = `${key} was written by pod ${document.podUid}, not by this one (${podUid}): two pods must never share a folder.`;
  throw new RestoreStop('WrongPlace', message);
}

function parse(text: string, key: string): AttemptDocument {
  try {
    return attemptDocument.parse(text, key);
  } catch (cause) {
    if (cause instanceof DocumentError) throw new RestoreStop('LineageUnreadable', cause.message);
    throw cause;
  }
}
