// Finds the object that RUN[@update] or s3://… means, with a client that can read it. One HEAD for an address; for a run, what
// the plan of the next start says of its bucket.
import type { CheckpointStore } from '../api/store.ts';
import { formatRunPrefix, parseRunObject } from '../domain/bucket/keys.ts';
import { chooseCheckpoint } from '../domain/bucket/choice.ts';
import type { Bytes, Update } from '../domain/units.ts';
import { ClusterError } from '../ports/cluster.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { parseCheckpointMetadata } from '../wire/checkpoint-metadata.ts';
import type { CommandInput } from './command.ts';
import { findRun, findStore, type KnownRun, UnseenStore, withCluster } from './cluster-access.ts';
import { CommandError, sentenceOf } from './errors.ts';
import { type RunReading, readRun } from './run-reading.ts';
import { openOwnBucket, withOwnCredentials, withStore } from './store-access.ts';
import { formatObject, type ObjectTarget, type RunTarget } from './target.ts';
import type { CliWorld } from './world.ts';

/** One version of one object, and how to read it. */
export interface RemoteCheckpoint {
  readonly objects: ObjectStore;
  /** Its s3:// address. */
  readonly address: string;
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: Bytes;
  /** As its key tells; undefined for a key that is not one of ours. */
  readonly update: Update | undefined;
}

/** A run's bucket, opened and read. */
export interface OpenedRun extends KnownRun {
  readonly objects: ObjectStore;
  readonly store: CheckpointStore;
  readonly bucket: string;
  readonly reading: RunReading;
}

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

/** The run of this name with what its bucket says. */
export async function openRun(
  { world, input }: Caller,
  name: string,
  signal: AbortSignal,
): Promise<OpenedRun> {
  return await withCluster(world, input, async (cluster, namespace) => {
    const known = await findRun(cluster, { name, namespace }, signal);
    const store = await findStore(cluster, known, signal);
    const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, namespace, run: name });
    const use = async (objects: ObjectStore): Promise<OpenedRun> => {
      const reading = await readRun(objects, { prefix, run: known.run }, signal);
      return { ...known, objects, store, bucket: store.spec.s3.bucket, reading };
    };
    return await withStore({ world, input }, { cluster, store, namespace, use }, signal);
  });
}

/** The object a target means. @throws CommandError when it means none, or several */
export async function findRemote(
  caller: Caller,
  target: RunTarget | ObjectTarget,
  signal: AbortSignal,
): Promise<RemoteCheckpoint> {
  return await (target.kind === 'Run'
    ? findOfRun(caller, target, signal)
    : findObject(caller, target, signal));
}

async function findOfRun(caller: Caller, target: RunTarget, signal: AbortSignal): Promise<RemoteCheckpoint> {
  const { objects, bucket, reading } = await openMeant(caller, target, signal);
  const choice = chooseCheckpoint(reading, target.update);
  if (choice.kind === 'None') throw new CommandError(`the run "${target.name}": ${choice.why}`);
  const { key, etag, sizeBytes, update } = choice.checkpoint;
  return { objects, address: formatObject({ bucket, key }), key, etag, sizeBytes, update };
}

/** Opens the run; a name that could have been a file's is said to be neither, and the address that needs no run is named. */
async function openMeant(caller: Caller, target: RunTarget, signal: AbortSignal): Promise<OpenedRun> {
  try {
    return await openRun(caller, target.name, signal);
  } catch (cause) {
    if (cause instanceof UnseenStore)
      throw new CommandError(`${cause.message}, or name the object by s3://BUCKET/KEY`, { cause });
    if (target.orFile === undefined || !(cause instanceof ClusterError)) throw cause;
    const message = `there is no file ${target.orFile}, and no run of this name can be looked for: ${sentenceOf(cause)}`;
    throw new CommandError(message, { cause });
  }
}

async function findObject(
  { world, input }: Caller,
  { bucket, key }: ObjectTarget,
  signal: AbortSignal,
): Promise<RemoteCheckpoint> {
  const objects = await openOwnBucket(world, input, bucket);
  const address = formatObject({ bucket, key });
  const head = await withOwnCredentials(world, () => objects.head(key, signal));
  if (head === undefined) throw new CommandError(`there is no object ${address}`);
  return { objects, address, key, etag: head.etag, sizeBytes: head.sizeBytes, update: updateOf(key) };
}

function updateOf(key: string): Update | undefined {
  const name = /(?:^|\/)(attempts\/[^/]+\/[^/]+\/[^/]+)$/.exec(key)?.[1];
  const object = name === undefined ? undefined : parseRunObject(name);
  return object?.is === 'Checkpoint' ? object.update : undefined;
}

/** The CRC32 its uploader noted; undefined when the object does not say. One HEAD. */
export async function announcedCrc32(
  { objects, key, etag, address }: RemoteCheckpoint,
  signal: AbortSignal,
): Promise<number | undefined> {
  const head = await objects.head(key, signal);
  if (head?.etag !== etag)
    throw new CommandError(`${address} was replaced or removed meanwhile: run the command again`);
  return parseCheckpointMetadata(head.metadata).crc32;
}
