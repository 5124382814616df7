// Makes an EMA-only .safetensors out of a checkpoint, bytes in, bytes out: what a warm start begins from, and what an export
// hands to a person. Holds a few MiB, whatever the size; every copied byte is proved by its entry's CRC32 on the way.

import { crc32 } from 'node:zlib';
import { BlockReader } from './block-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { checkCrc } from './entry-crc.ts';
import { passLocalHead } from './local-head.ts';
import { readPickle } from './pickle-reading.ts';
import type { Problem } from './problem.ts';
import { Rejection, problemOf } from './problem.ts';
import { readHead, readSafetensors } from './safetensors-reading.ts';
import { isEma } from './safetensors.ts';
import type { Tensor } from './tensor.ts';
import { readTrainingState } from './training-state.ts';
import type { Copy, WeightsPlan } from './weights-plan.ts';
import { planWeights } from './weights-plan.ts';
import type { Directory } from './zip-directory.ts';
import { readDirectory } from './zip-directory.ts';

/** Few requests over a network, little memory. */
const blockLength = 4 * 1024 * 1024;

/** An EMA-only .safetensors that can be read out of a checkpoint. */
export interface Weights {
  /** Bytes that `chunks` yields in all. */
  readonly sizeBytes: number;
  /** Tensors in it, `initted` and `step` among them. */
  readonly tensors: number;
  /** The counter of the checkpoint they come from, null where it has none; see `CheckpointFacts.counter`. */
  readonly update: number | null;
  /** Whether the checkpoint recorded CRCs to prove the bytes by. Where it did not, a flipped bit goes unseen. */
  readonly isVerifiable: boolean;
  /**
   * The file's bytes in order, in pieces of at most 4 MiB that must be used or copied before the next one is asked for.
   *
   * Each entry is proved only after its last byte, so what was written is worth nothing until this has ended: write to a
   * temporary name, and rename only then. Throws a Rejection (`problemOf(cause)` gives the problem to say) at the first byte
   * that is not what was saved, and whatever the source rejects with otherwise.
   */
  chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** The weights, or why there are none to be had. */
export type WeightsReading =
  | { readonly kind: 'ready'; readonly weights: Weights }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Reads entries of an archive in the order of a plan. */
class EntryCopier {
  readonly #reader: BlockReader;
  readonly #hasCrcs: boolean;
  readonly #proved = new Set<string>();

  constructor(reader: BlockReader, hasCrcs: boolean) {
    this.#reader = reader;
    this.#hasCrcs = hasCrcs;
  }

  async *copy({ entry, offset, length }: Copy): AsyncGenerator<Uint8Array> {
    let at = entry.offset;
    await passLocalHead(async (count) => {
      at += count;
      return await this.#reader.take({ offset: at - count, length: count });
    }, entry);
    const isWhole = length === entry.size;
    // A part is proved by its whole, which is passed over once before.
    if (!isWhole && this.#hasCrcs && !this.#proved.has(entry.name)) {
      for await (const part of this.#prove({ entry, offset: 0, length: entry.size }, at)) void part;
    }
    yield* isWhole && this.#hasCrcs
      ? this.#prove({ entry, offset, length }, at)
      : this.#reader.pass({ offset: at + offset, length });
  }

  async *#prove({ entry, length }: Copy, data: number): AsyncGenerator<Uint8Array> {
    let digest = 0;
    for await (const part of this.#reader.pass({ offset: data, length })) {
      digest = crc32(part, digest);
      yield part;
    }
    checkCrc(entry, digest);
    this.#proved.add(entry.name);
  }
}

async function* archiveChunks(
  source: ByteSource,
  plan: WeightsPlan,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield plan.header;
  const end = plan.copies.reduce((last, { entry }) => Math.max(last, entry.offset + entry.size), 0);
  const copier = new EntryCopier(new BlockReader(source, { end, blockLength }, signal), plan.hasCrcs);
  for (const copy of plan.copies) yield* copier.copy(copy);
}

async function fromArchive(
  source: ByteSource,
  directory: Directory,
  signal: AbortSignal | undefined,
): Promise<Weights> {
  const pickle = await readPickle(source, directory, signal);
  const plan = planWeights(directory, pickle);
  return {
    sizeBytes: plan.sizeBytes,
    tensors: plan.tensors,
    update: readTrainingState(pickle.root).state.update,
    isVerifiable: plan.hasCrcs,
    chunks: (signal) => archiveChunks(source, plan, signal),
  };
}

/** A safetensors file that is an EMA's already is handed on as it is. */
function fromSafetensors(source: ByteSource, tensors: readonly Tensor[]): Weights {
  if (!isEma(tensors)) {
    const message =
      'The safetensors file holds raw weights without initted and step: F5-TTS cannot start from it.';
    throw new Rejection('EmaMissing', message);
  }
  return {
    sizeBytes: source.size,
    tensors: tensors.length,
    update: null,
    isVerifiable: false,
    chunks: (signal) =>
      new BlockReader(source, { end: source.size, blockLength }, signal).pass({
        offset: 0,
        length: source.size,
      }),
  };
}

async function read(source: ByteSource, signal: AbortSignal | undefined): Promise<Weights> {
  const reading = await readDirectory(source, signal);
  if (reading.kind === 'complete') return await fromArchive(source, reading.directory, signal);
  const tensors = await readSafetensors(source, await readHead(source, signal), signal);
  if (tensors !== undefined) return fromSafetensors(source, tensors);
  throw new Rejection(reading.problem.code, reading.problem.message);
}

/**
 * Opens the EMA weights of a checkpoint: of a full or EMA-only .pt (converted), or of an EMA .safetensors (handed on). Reads
 * what an inspection reads; `chunks` then reads the weights' own entries only, forwards, once. The names come out as F5-TTS
 * loads them: `initted`, `step`, `ema_model.*`. Refuses with a problem what holds no EMA, or none that can be copied. Rejects
 * only when the source does.
 *
 * ```ts
 * const reading = await openWeights(source, signal);
 * if (reading.kind === 'refused') return report(reading.problem);
 * const file = await disk.create(temporaryName, asBytes(reading.weights.sizeBytes));
 * let at = 0;
 * for await (const chunk of reading.weights.chunks(signal)) {
 *   file.write(at, chunk);
 *   at += chunk.length;
 * }
 * await file.commit(); // only now: rename to the name the trainer or the person wants
 * ```
 */
export async function openWeights(source: ByteSource, signal?: AbortSignal): Promise<WeightsReading> {
  try {
    return { kind: 'ready', weights: await read(source, signal) };
  } catch (cause) {
    return { kind: 'refused', problem: problemOf(cause) };
  }
}
