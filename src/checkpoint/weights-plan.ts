// Decides which bytes of a full .pt make an EMA-only .safetensors, under which header. Pure; reads nothing.
// The names stay as they are: F5-TTS loads `initted`, `step` and `ema_model.*`, and nothing else.

import { elementOfSafetensors } from './element-type.ts';
import { recordsCrcs } from './entry-crc.ts';
import type { Pickle } from './pickle-scan.ts';
import { asNode, entryOf } from './pickle-value.ts';
import { Rejection, quote } from './problem.ts';
import { formatSafetensors } from './safetensors.ts';
import type { Tensor } from './tensor.ts';
import { emaBookkeeping } from './tensor.ts';
import { listTensors } from './torch-tensor.ts';
import { storageProblems } from './torch-storage.ts';
import type { Directory } from './zip-directory.ts';
import type { Entry } from './zip-entry.ts';

/** Bytes to copy out of one entry. */
export interface Copy {
  readonly entry: Entry;
  /** From the beginning of the entry's data. */
  readonly offset: number;
  readonly length: number;
}

/** The file to write: these bytes, then these copies in this order. */
export interface WeightsPlan {
  readonly header: Uint8Array;
  readonly copies: readonly Copy[];
  readonly sizeBytes: number;
  readonly tensors: number;
  /** Whether the archive recorded the CRC32s that the copied bytes can be proved by. */
  readonly hasCrcs: boolean;
}

/** A tensor that can be copied as it lies, and how. */
interface Chosen {
  readonly tensor: Tensor;
  readonly elementBytes: number;
  readonly copy: Copy;
}

const group = 'ema_model_state_dict';
const isWanted = (name: string): boolean => emaBookkeeping.has(name) || name.startsWith('ema_model.');

const unsupported = (name: string, why: string): Rejection =>
  new Rejection('TensorUnsupported', `The EMA tensor ${quote(name)} cannot be exported: ${why}.`);

/** The EMA's tensors; each name the trainer needs must be one. */
function emaTensors(pickle: Pickle, prefix: string): readonly Tensor[] {
  const keys = [...(asNode(entryOf(pickle.root, group), 'dict')?.entries.keys() ?? [])];
  const names = keys.filter((key) => typeof key === 'string' && isWanted(key)).map(String);
  const lacking = [...emaBookkeeping].find((name) => !names.includes(name));
  if (lacking !== undefined || names.length === emaBookkeeping.size) {
    const message = `The checkpoint holds no EMA weights (${group} has no ${lacking ?? 'ema_model.*'}), and F5-TTS starts from no others.`;
    throw new Rejection('EmaMissing', message);
  }
  const { tensors, problems } = listTensors(pickle.root, prefix);
  const [problem] = problems;
  if (problem !== undefined) throw new Rejection(problem.code, problem.message);
  const known = new Map(tensors.filter((one) => one.group === group).map((one) => [one.name, one]));
  return names.map((name) => {
    const tensor = known.get(name);
    if (tensor === undefined) throw unsupported(name, 'it is no plain tensor');
    return tensor;
  });
}

function choose(tensor: Tensor, entries: ReadonlyMap<string, Entry>): Chosen {
  const { name, dtype, place } = tensor;
  const elementBytes = elementOfSafetensors(dtype)?.bytes;
  const entry = place.entry === null ? undefined : entries.get(place.entry);
  if (elementBytes === undefined || place.length === null)
    throw unsupported(name, `safetensors has no elements of type ${quote(dtype)}`);
  if (!tensor.isVerbatim)
    throw unsupported(name, 'its bytes are not its elements row by row; save it again with .contiguous()');
  if (entry === undefined || place.offset + place.length > entry.size)
    throw unsupported(name, `its bytes are not in the entry ${quote(String(place.entry))}`);
  return { tensor, elementBytes, copy: { entry, offset: place.offset, length: place.length } };
}

/** Larger elements first keeps all aligned; within one size as they lie in the archive, so that it is read forwards. */
function byAlignmentThenPlace(a: Chosen, b: Chosen): number {
  const [left, right] = [a.copy, b.copy];
  return (
    b.elementBytes - a.elementBytes || left.entry.offset - right.entry.offset || left.offset - right.offset
  );
}

/**
 * Plans the EMA-only .safetensors of an archive. Tensors that share a storage are each copied; one whose elements are
 * scattered, or of a type that safetensors lacks, is refused.
 * @throws Rejection with what stands against it.
 */
export function planWeights(directory: Directory, pickle: Pickle): WeightsPlan {
  const [problem] = storageProblems(pickle.storages, directory);
  if (problem !== undefined) throw new Rejection(problem.code, problem.message);
  const entries = new Map(directory.entries.map((entry) => [entry.name, entry]));
  const chosen = emaTensors(pickle, directory.prefix)
    .map((tensor) => choose(tensor, entries))
    .toSorted(byAlignmentThenPlace);
  const header = formatSafetensors(chosen.map(({ tensor, copy }) => ({ ...tensor, length: copy.length })));
  const sizeBytes = chosen.reduce((sum, { copy }) => sum + copy.length, header.length);
  // Many names for the same bytes would make a file of any size out of a small one.
  if (sizeBytes > directory.fileSize)
    throw new Rejection(
      'LimitExceeded',
      `The weights would take ${sizeBytes} bytes, more than the ${directory.fileSize} of the checkpoint they come from.`,
    );
  const copies = chosen.map(({ copy }) => copy).filter(({ length }) => length > 0);
  return { header, copies, sizeBytes, tensors: chosen.length, hasCrcs: recordsCrcs(directory) };
}
