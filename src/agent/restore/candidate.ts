// Fetches one candidate into the private directory and proves it: the object's CRC32, a whole archive, and the update its
// key tells. What is handed over is on the disk for good; what is not good leaves nothing behind.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { DiskFullError } from '../../ports/disk.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { parseCheckpointMetadata } from '../../wire/checkpoint-metadata.ts';
import { type Flaw, judgeFile, proveFile } from '../judgement.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { BucketChanged, RestoreStop } from './stop.ts';
import { reportTransfer } from '../transfer-report.ts';

/** Bytes that arrived wrong are fetched once more before the object itself is blamed. */
const tries = 2;

/** Undefined when the file at `path` is good; else why the candidate cannot be used, and nothing lies at `path`. */
export async function fetchCandidate(
  world: AgentWorld,
  target: Target,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { checkpoint, path } = target;
  const head = await patiently(world, () => world.objects.head(checkpoint.key, signal), signal);
  if (head === undefined) throw new BucketChanged(`${checkpoint.key} disappeared`);
  if (head.etag !== checkpoint.etag) throw new BucketChanged(`${checkpoint.key} was replaced`);
  await checkSpace(world, target);
  const announced = parseCheckpointMetadata(head.metadata).crc32;
  for (let left = tries; ; left -= 1) {
    const spoilt = await fetch(world, { ...target, announced }, signal);
    if (spoilt === undefined) break;
    if (left === 1) return spoilt;
    world.log.warn({ key: checkpoint.key, cause: spoilt }, 'bytes arrived wrong, fetching once more');
  }
  const flaw = await findFlaw(world, { ...target, announced }, signal);
  if (flaw !== undefined) await world.disk.remove(path);
  return flaw;
}

export interface Target {
  readonly checkpoint: Checkpoint;
  readonly path: string;
}

interface Fetch extends Target {
  /** The CRC32 its uploader computed; undefined when the object does not say. */
  readonly announced: number | undefined;
}

async function checkSpace({ disk }: AgentWorld, { checkpoint, path }: Target): Promise<void> {
  const free = await disk.freeBytes(path.slice(0, path.lastIndexOf('/')));
  if (free < checkpoint.sizeBytes) throw notEnoughDisk(checkpoint, `${free} bytes are free`);
}

const notEnoughDisk = ({ key, sizeBytes }: Checkpoint, found: string): RestoreStop =>
  new RestoreStop(
    'NotEnoughDisk',
    `${key} needs ${sizeBytes} bytes in the scratch volume, ${found}: raise spec.scratch.size, or use nodes with more disk.`,
  );

/** Downloads; resolves to what is wrong with the bytes, and then nothing lies at the path. */
async function fetch(world: AgentWorld, target: Fetch, signal: AbortSignal): Promise<string | undefined> {
  try {
    const crc32 = await patiently(world, () => download(world, target, signal), signal);
    if (target.announced === undefined || crc32 === target.announced) return undefined;
    await world.disk.remove(target.path);
    return `its bytes have CRC32 ${hex(crc32)}, not ${hex(target.announced)} as when it was saved`;
  } catch (cause) {
    if (cause instanceof DiskFullError) throw notEnoughDisk(target.checkpoint, 'the disk became full');
    if (!(cause instanceof ObjectStoreError)) throw cause;
    if (cause.code === 'Corrupted') return cause.message;
    if (cause.code === 'NotFound' || cause.code === 'PreconditionFailed')
      throw new BucketChanged(cause.message, { cause });
    throw cause;
  }
}

async function download(world: AgentWorld, target: Fetch, signal: AbortSignal): Promise<number> {
  const { key, etag, sizeBytes } = target.checkpoint;
  const file = await world.disk.create(target.path, sizeBytes);
  try {
    const onProgress = reportTransfer(world, { key, sizeBytes }, 'downloading');
    const write = file.write.bind(file);
    const crc32 = await world.objects.download({ key, etag, sizeBytes, write, onProgress }, signal);
    await file.commit();
    return crc32;
  } catch (cause) {
    await file.discard();
    throw cause;
  }
}

async function findFlaw(world: AgentWorld, target: Fetch, signal: AbortSignal): Promise<string | undefined> {
  const { checkpoint, path, announced } = target;
  const found = await examine(
    world,
    { path, isProven: announced !== undefined, key: checkpoint.key },
    signal,
  );
  if (found.kind !== 'Resumable') return found.reason;
  const { update } = found.training;
  return update === checkpoint.update
    ? undefined
    : `it holds update ${update}, not ${checkpoint.update} as its key says`;
}

/** An object that tells its CRC32 was proven before it was sent; any other is proven now. */
async function examine(
  world: AgentWorld,
  file: { readonly path: string; readonly isProven: boolean; readonly key: string },
  signal: AbortSignal,
): Promise<Flaw | { readonly kind: 'Resumable'; readonly training: { readonly update: number } }> {
  if (file.isProven) return judgeFile(world.disk, file.path, signal);
  const proof = await proveFile(world.disk, file.path, signal);
  if (proof.kind === 'Resumable' && !proof.isVerified)
    world.log.warn({ key: file.key }, 'checkpoint records no CRCs; only its structure was checked');
  return proof;
}

const hex = (crc32: number): string => crc32.toString(16).padStart(8, '0');
