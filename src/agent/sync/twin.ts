// The trainer saves one state under two names at some updates. Once the bucket has one of them, the other is a copy inside
// the store: two short reads in place of gigabytes. The bytes copied are the proven ones, under the other key.
import type { ByteSource } from '../../checkpoint/byte-source.ts';
import { type Directory, readDirectory } from '../../checkpoint/zip-directory.ts';
import type { Shipment } from '../../domain/agent/outbox.ts';
import { type ObjectHead, ObjectStoreError, type ObjectStoreErrorCode } from '../../ports/objects.ts';
import {
  type CheckpointMetadata,
  formatCheckpointMetadata,
  parseCheckpointMetadata,
} from '../../wire/checkpoint-metadata.ts';
import { directoryOf } from '../judgement.ts';
import { type AgentWorld, keyOf, sharedPath } from '../world.ts';
import type { Finished, Parcel, SyncLedger } from './ledger.ts';

export interface Copying {
  readonly ledger: SyncLedger;
  readonly file: Finished | Parcel;
}

/** An object of this attempt with the same state, and what is known of it. */
interface Twin {
  readonly head: ObjectHead;
  readonly facts: CheckpointMetadata & { readonly crc32: number };
}

/** Errors after which the file itself is sent; every other one is the store's trouble. */
const sentInstead: ReadonlySet<ObjectStoreErrorCode> = new Set([
  'AccessDenied',
  'Corrupted',
  'NotFound',
  'NotS3',
  'PreconditionFailed',
  'Refused',
]);

/** Copies the twin to the file's key; false when there is none or the store does not copy: then the file must be sent. */
export async function copyTwin(
  world: AgentWorld,
  { ledger, file }: Copying,
  signal: AbortSignal,
): Promise<boolean> {
  if (!ledger.copies || 'path' in file || 'file' in file) return false;
  const twin = await findTwin(world, { ledger, file }, signal);
  if (twin === undefined) return false;
  const { key: from, etag, sizeBytes } = twin.head;
  const key = keyFor(world, file);
  const metadata = formatCheckpointMetadata({ ...twin.facts, kind: file.kind });
  try {
    const { crc32 } = twin.facts;
    await world.objects.copy({ from: { key: from, etag, sizeBytes }, key, crc32, metadata }, signal);
    world.log.info({ key, from, update: file.update }, 'checkpoint saved, copied inside the store');
    return true;
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof ObjectStoreError) || !sentInstead.has(cause.code)) throw cause;
    ledger.copies = cause.code !== 'Refused' && cause.code !== 'AccessDenied';
    world.log.warn({ key, cause: cause.message }, 'not copied inside the store, sending the file');
    return false;
  }
}

const keyFor = (world: AgentWorld, { kind, update }: Shipment): string =>
  keyOf(world, { is: 'Checkpoint', attempt: world.config.attempt, kind, update });

async function findTwin(
  world: AgentWorld,
  { ledger, file }: { readonly ledger: SyncLedger; readonly file: Finished },
  signal: AbortSignal,
): Promise<Twin | undefined> {
  const other = (ledger.sent ?? []).find(({ kind, update }) => kind !== file.kind && update === file.update);
  if (other === undefined) return undefined;
  const head = await world.objects.head(keyFor(world, other), signal);
  const facts = head === undefined ? undefined : factsOf(head, file);
  if (head === undefined || facts === undefined) return undefined;
  return (await hasSameState(world, { file, head }, signal)) ? { head, facts } : undefined;
}

/** What the twin's metadata tells; undefined unless it vouches for the bytes. */
function factsOf({ metadata }: ObjectHead, { update, kind }: Shipment): Twin['facts'] | undefined {
  const {
    crc32,
    attempt,
    parent = '',
    worldSize,
    plannedUpdates,
    ...told
  } = parseCheckpointMetadata(metadata);
  if (crc32 === undefined || told.update !== update) return undefined;
  return { crc32, update, kind, attempt, parent, worldSize, plannedUpdates };
}

async function hasSameState(
  world: AgentWorld,
  { file, head }: { readonly file: Finished; readonly head: ObjectHead },
  signal: AbortSignal,
): Promise<boolean> {
  const local = await directoryOf(world.disk, sharedPath(world, file.name), signal).catch(() => undefined);
  if (local === undefined) return false;
  try {
    const remote = await readDirectory(sourceOf(world, head), signal);
    return remote.kind === 'complete' && isSameState(local, remote.directory);
  } catch (cause) {
    // Replaced or gone since: no twin. Nothing else is known of it.
    if (cause instanceof ObjectStoreError && cause.code !== 'Unavailable') return false;
    throw cause;
  }
}

const sourceOf = ({ objects }: AgentWorld, { key, etag, sizeBytes }: ObjectHead): ByteSource => {
  const never = new AbortController().signal;
  return {
    size: sizeBytes,
    read: (offset, length, signal) => objects.getRange({ key, etag, offset, length }, signal ?? never),
  };
};

/** The same entries, sizes and CRCs under either prefix. An archive that records no CRCs is nobody's twin. */
function isSameState(a: Directory, b: Directory): boolean {
  const [ours, theirs] = [a, b].map(({ entries, prefix }) =>
    entries.map(({ name, size, crc32 }) => `${name.slice(prefix.length)} ${size} ${crc32}`),
  );
  return a.entries.some(({ crc32 }) => crc32 !== 0) && ours?.join('\n') === theirs?.join('\n');
}
