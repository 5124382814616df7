// Fetches one candidate into the private directory and proves it: the object's CRC32, a whole archive, and the update its
// key tells. What is handed over is on the disk for good; what is not good leaves nothing behind.
import type { SourceCandidate } from '../../domain/bucket/source.ts';
import { DiskFullError } from '../../ports/disk.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { type Flaw, judgeFile, proveFile, type Training } from '../judgement.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { contradictionIn, headCandidate } from './announcement.ts';
import { BucketChanged, RestoreStop } from './stop.ts';
import { reportTransfer } from '../transfer-report.ts';
import type { Fetched, Target } from './wanted.ts';

/** Bytes that arrived wrong are fetched once more before the object itself is blamed. */
const tries = 2;

/** Fetches a full checkpoint and proves that the trainer can resume from it. */
export async function fetchCandidate(
  world: AgentWorld,
  target: Target,
  signal: AbortSignal,
): Promise<Fetched> {
  const bytes = await fetchBytes(world, target, signal);
  if ('flaw' in bytes) return bytes;
  const { candidate, path } = target;
  const found = await examine(world, { path, isProven: bytes.isProven, key: candidate.key }, signal);
  const verdict = verdictOn(found, candidate);
  if ('flaw' in verdict) await world.disk.remove(path);
  return verdict;
}

/** Fetches the bytes alone; `isProven` when their CRC32 is the one that their uploader computed. */
export async function fetchBytes(
  world: AgentWorld,
  target: Target,
  signal: AbortSignal,
): Promise<{ readonly isProven: boolean } | { readonly flaw: string }> {
  const { candidate } = target;
  const metadata = await headCandidate(world, candidate, signal);
  const contradiction = contradictionIn(metadata, candidate);
  if (contradiction !== undefined) return { flaw: contradiction };
  await checkSpace(world, target);
  const { crc32: announced } = metadata;
  for (let left = tries; ; left -= 1) {
    const spoilt = await fetch(world, { ...target, announced }, signal);
    if (spoilt === undefined) return { isProven: announced !== undefined };
    if (left === 1) return { flaw: spoilt };
    world.log.warn({ key: candidate.key, cause: spoilt }, 'bytes arrived wrong, fetching once more');
  }
}

interface Fetch extends Target {
  /** The CRC32 its uploader computed; undefined when the object does not say. */
  readonly announced: number | undefined;
}

async function checkSpace({ disk }: AgentWorld, { candidate, path }: Target): Promise<void> {
  const free = await disk.freeBytes(path.slice(0, path.lastIndexOf('/')));
  if (free < candidate.sizeBytes) throw notEnoughDisk(candidate, `${free} bytes are free`);
}

/** The end of a restore whose scratch volume is too small for what it must hold. */
export const notEnoughDisk = (
  { key, sizeBytes }: Pick<SourceCandidate, 'key' | 'sizeBytes'>,
  found: string,
): RestoreStop =>
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
    if (cause instanceof DiskFullError) throw notEnoughDisk(target.candidate, 'the disk became full');
    if (!(cause instanceof ObjectStoreError)) throw cause;
    if (cause.code === 'Corrupted') return cause.message;
    throw asChange(cause);
  }
}

/** What went away or was replaced while it was read asks for another listing; any other error is what it is. */
export const asChange = (cause: ObjectStoreError): Error =>
  cause.code === 'NotFound' || cause.code === 'PreconditionFailed'
    ? new BucketChanged(cause.message, { cause })
    : cause;

async function download(world: AgentWorld, target: Fetch, signal: AbortSignal): Promise<number> {
  const { key, etag, sizeBytes } = target.candidate;
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

type Examined = Flaw | { readonly kind: 'Resumable'; readonly training: Pick<Training, 'update'> };

function verdictOn(found: Examined, candidate: SourceCandidate): Fetched {
  if (found.kind !== 'Resumable') return { flaw: found.reason };
  const { update } = found.training;
  if (candidate.update === undefined || update === candidate.update) return { update };
  return { flaw: `it holds update ${update}, not ${candidate.update} as its key says` };
}

/** An object that tells its CRC32 was proven before it was sent; any other is proven now. */
async function examine(
  world: AgentWorld,
  file: { readonly path: string; readonly isProven: boolean; readonly key: string },
  signal: AbortSignal,
): Promise<Examined> {
  if (file.isProven) return judgeFile(world.disk, file.path, signal);
  const proof = await proveFile(world.disk, file.path, signal);
  if (proof.kind === 'Resumable' && !proof.isVerified)
    world.log.warn({ key: file.key }, 'checkpoint records no CRCs; only its structure was checked');
  return proof;
}

const hex = (crc32: number): string => crc32.toString(16).padStart(8, '0');
