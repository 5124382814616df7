// Fetches the weights of a checkpoint for a warm start: an EMA-only .safetensors, made from the parts of the object that hold
// them, each proved by its CRC32 on the way. Where the object records none, all of it is fetched and held against its own.
import { openWeights, type Weights } from '../../checkpoint/weights.ts';
import type { ByteSource } from '../../checkpoint/byte-source.ts';
import { problemOf } from '../../checkpoint/problem.ts';
import type { SourceCandidate } from '../../domain/bucket/source.ts';
import { DiskFullError } from '../../ports/disk.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { withSource } from '../judgement.ts';
import { patiently } from '../patience.ts';
import { reportTransfer } from '../transfer-report.ts';
import type { AgentWorld } from '../world.ts';
import { contradictionIn, headCandidate } from './announcement.ts';
import { asChange, fetchBytes, notEnoughDisk } from './candidate.ts';
import type { Fetched, Target } from './wanted.ts';

/** Bytes that arrived wrong are fetched once more before the object itself is blamed. */
const tries = 2;

/** Leaves the weights at the path, or nothing and why. */
export async function fetchWeights(world: AgentWorld, target: Target, signal: AbortSignal): Promise<Fetched> {
  const { candidate } = target;
  const metadata = await headCandidate(world, candidate, signal);
  const contradiction = contradictionIn(metadata, candidate);
  if (contradiction !== undefined) return { flaw: contradiction };
  try {
    return await fetchFrom(world, target, signal);
  } catch (cause) {
    throw cause instanceof ObjectStoreError ? asChange(cause) : cause;
  }
}

async function fetchFrom(world: AgentWorld, target: Target, signal: AbortSignal): Promise<Fetched> {
  const { candidate } = target;
  const reading = await openWeights(objectSource(world, candidate), signal);
  if (reading.kind === 'refused') return { flaw: reading.problem.message };
  const { weights } = reading;
  if (isOfAnother(weights, candidate))
    return { flaw: `it holds update ${weights.update}, not ${candidate.update} as its key says` };
  if (weights.isVerifiable) return writeWeights(world, { ...target, weights }, signal);
  world.log.warn({ key: candidate.key }, 'checkpoint records no CRCs, fetching all of it');
  // A .safetensors is handed on as it is.
  const isWhole = weights.sizeBytes === candidate.sizeBytes;
  return isWhole ? fetchWhole(world, { ...target, weights }, signal) : convert(world, target, signal);
}

const isOfAnother = ({ update }: Weights, candidate: SourceCandidate): boolean =>
  candidate.update !== undefined && update !== null && update !== candidate.update;

interface Writing extends Target {
  readonly weights: Weights;
}

async function fetchWhole(world: AgentWorld, target: Writing, signal: AbortSignal): Promise<Fetched> {
  const fetched = await fetchBytes(world, target, signal);
  return 'flaw' in fetched ? fetched : { update: target.weights.update ?? undefined };
}

async function convert(
  world: AgentWorld,
  { candidate, path }: Target,
  signal: AbortSignal,
): Promise<Fetched> {
  const whole = `${path}.whole`;
  try {
    const fetched = await fetchBytes(world, { candidate, path: whole }, signal);
    if ('flaw' in fetched) return fetched;
    return await withSource(world.disk, whole, async (source) => {
      const reading = await openWeights(source, signal);
      if (reading.kind === 'refused') return { flaw: reading.problem.message };
      return writeWeights(world, { candidate, path, weights: reading.weights }, signal);
    });
  } finally {
    await world.disk.remove(whole);
  }
}

async function writeWeights(world: AgentWorld, writing: Writing, signal: AbortSignal): Promise<Fetched> {
  const { candidate, weights } = writing;
  for (let left = tries; ; left -= 1) {
    try {
      await writeOnce(world, writing, signal);
      return { update: weights.update ?? undefined };
    } catch (cause) {
      if (cause instanceof DiskFullError) {
        const { sizeBytes } = weights;
        throw notEnoughDisk({ key: candidate.key, sizeBytes }, 'which are not free');
      }
      const flaw = problemOf(cause).message;
      if (left === 1) return { flaw };
      world.log.warn({ key: candidate.key, cause: flaw }, 'bytes arrived wrong, fetching once more');
    }
  }
}

async function writeOnce(
  world: AgentWorld,
  { candidate: { key }, path, weights }: Writing,
  signal: AbortSignal,
): Promise<void> {
  const { sizeBytes } = weights;
  const report = reportTransfer(world, { key, sizeBytes }, 'downloading');
  const file = await world.disk.create(path, sizeBytes);
  try {
    let at = 0;
    for await (const chunk of weights.chunks(signal)) {
      file.write(at, chunk);
      at += chunk.length;
      report(at);
    }
    await file.commit();
  } catch (cause) {
    await file.discard();
    throw cause;
  }
}

/** Exactly the object that was listed, in ranges. */
const objectSource = (world: AgentWorld, { key, etag, sizeBytes }: SourceCandidate): ByteSource => ({
  size: sizeBytes,
  read: (offset, length, signal = new AbortController().signal) =>
    patiently(world, () => world.objects.getRange({ key, etag, offset, length }, signal), signal),
});
