// Reads the facts of a checkpoint from its ends: whether it is complete, and what it says about the training.
// Two reads of less than 1 MB even for a 5.4 GB file. Runs nothing from the file, and vouches for no tensor's bytes.

import type { ByteSource } from './byte-source.ts';
import { scanPickle } from './pickle-scan.ts';
import type { Pickle, Storage } from './pickle-scan.ts';
import { pickleLimits } from './pickle-machine.ts';
import type { Problem } from './problem.ts';
import { Rejection, problemOf, quote, readExactly } from './problem.ts';
import { readSafetensors, safetensorsHeaderLength } from './safetensors.ts';
import type { TrainingState } from './training-state.ts';
import { readTrainingState, unknownState } from './training-state.ts';
import type { Directory } from './zip-directory.ts';
import { readDirectory } from './zip-directory.ts';
import type { Entry } from './zip-entry.ts';
import { localHeaderLength, viewOf } from './zip-entry.ts';

/** Everything a checkpoint tells about itself without its tensors being read. */
export interface CheckpointFacts extends TrainingState {
  readonly format: 'pt' | 'safetensors' | 'unknown';
  readonly sizeBytes: number;
  /** Written to its end, by records that add up. Only then is anything else told. */
  readonly complete: boolean;
  /** The file's stem when it was saved: `model_last`, `model_5000`, `archive`. A copy keeps it. */
  readonly archivePrefix: string | null;
  /** Empty when nothing is wrong. */
  readonly problems: readonly Problem[];
}

/** Extra fields of up to this length are read along with data.pkl; torch pads to 64 bytes. */
const extraAllowance = 512;
const headLength = 256 * 1024;

/** Bytes per element; a storage of another type is not measured. */
const elementBytes: ReadonlyMap<string, number> = new Map([
  ['torch.FloatStorage', 4],
  ['torch.DoubleStorage', 8],
  ['torch.HalfStorage', 2],
  ['torch.BFloat16Storage', 2],
  ['torch.LongStorage', 8],
  ['torch.IntStorage', 4],
  ['torch.ShortStorage', 2],
  ['torch.CharStorage', 1],
  ['torch.ByteStorage', 1],
  ['torch.BoolStorage', 1],
]);

/** The bytes of one entry, in one read unless its extra field is unusually long. */
async function readEntry(source: ByteSource, entry: Entry, signal?: AbortSignal): Promise<Uint8Array> {
  const start = localHeaderLength + entry.nameLength;
  const length = Math.min(start + extraAllowance + entry.size, source.size - entry.offset);
  const bytes = await readExactly(source, { offset: entry.offset, length }, signal);
  const header = viewOf(bytes);
  if (header.getUint32(0, true) !== 0x04034b50 || header.getUint16(26, true) !== entry.nameLength) {
    throw new Rejection(
      'HeaderMismatch',
      `At byte ${entry.offset}, where the entry ${quote(entry.name)} should begin, there is no header of it.`,
    );
  }
  const data = start + header.getUint16(28, true);
  if (data + entry.size <= bytes.length) return bytes.subarray(data, data + entry.size);
  if (entry.offset + data + entry.size > source.size)
    throw new Rejection('EntryOutside', `The entry ${quote(entry.name)} would end beyond the file.`);
  return await readExactly(source, { offset: entry.offset + data, length: entry.size }, signal);
}

/** A tensor whose bytes are missing or of another length would kill the trainer when it loads. */
function storageProblem(storages: readonly Storage[], directory: Directory): readonly Problem[] {
  const sizes = new Map(directory.entries.map((entry) => [entry.name, entry.size]));
  for (const { key, type, elements } of storages) {
    const name = `${directory.prefix}/data/${key}`;
    const size = sizes.get(name);
    const wanted = elements * (elementBytes.get(type) ?? Number.NaN);
    if (size === undefined)
      return [
        {
          code: 'StorageMissing',
          message: `The tensor storage ${quote(name)} is named in data.pkl and not in the archive.`,
        },
      ];
    if (!Number.isNaN(wanted) && size !== wanted) {
      return [
        {
          code: 'StorageSize',
          message: `The tensor storage ${quote(name)} has ${size} bytes where data.pkl announces ${wanted}.`,
        },
      ];
    }
  }
  return [];
}

async function readPickle(source: ByteSource, directory: Directory, signal?: AbortSignal): Promise<Pickle> {
  const { pickle } = directory;
  if (pickle.size > pickleLimits.bytes)
    throw new Rejection(
      'LimitExceeded',
      `data.pkl has ${pickle.size} bytes; at most ${pickleLimits.bytes} are read.`,
    );
  return scanPickle(await readEntry(source, pickle, signal));
}

async function inspectArchive(
  source: ByteSource,
  directory: Directory,
  signal?: AbortSignal,
): Promise<CheckpointFacts> {
  const archive = {
    format: 'pt',
    sizeBytes: source.size,
    complete: true,
    archivePrefix: directory.prefix,
  } as const;
  try {
    const pickle = await readPickle(source, directory, signal);
    const { state, problems } = readTrainingState(pickle.root);
    return { ...archive, ...state, problems: [...problems, ...storageProblem(pickle.storages, directory)] };
  } catch (cause) {
    return { ...archive, ...unknownState, problems: [problemOf(cause)] };
  }
}

/** A file without a zip directory: safetensors, a torn .pt, or something else. */
async function inspectHead(
  source: ByteSource,
  problem: Problem,
  signal?: AbortSignal,
): Promise<CheckpointFacts> {
  const nothing = { ...unknownState, sizeBytes: source.size, complete: false, archivePrefix: null } as const;
  try {
    const head = await readExactly(source, { offset: 0, length: Math.min(source.size, headLength) }, signal);
    const length = safetensorsHeaderLength(head, source.size);
    if (length !== undefined) return await inspectSafetensors(source, { head, length }, signal);
    if (source.size < 4 || viewOf(head).getUint32(0, true) === 0x04034b50)
      return { ...nothing, format: 'pt', problems: [problem] };
    const message = 'The file begins neither as a zip archive of torch.save nor as a safetensors file.';
    return { ...nothing, format: 'unknown', problems: [{ code: 'NotACheckpoint', message }] };
  } catch (cause) {
    return { ...nothing, format: 'unknown', problems: [problemOf(cause)] };
  }
}

async function inspectSafetensors(
  source: ByteSource,
  { head, length }: { readonly head: Uint8Array; readonly length: number },
  signal?: AbortSignal,
): Promise<CheckpointFacts> {
  const facts = {
    ...unknownState,
    format: 'safetensors',
    sizeBytes: source.size,
    archivePrefix: null,
  } as const;
  try {
    const header =
      head.length >= 8 + length
        ? head.subarray(8, 8 + length)
        : await readExactly(source, { offset: 8, length }, signal);
    return { ...facts, kind: readSafetensors(header, source.size), complete: true, problems: [] };
  } catch (cause) {
    return { ...facts, complete: false, problems: [problemOf(cause)] };
  }
}

/**
 * Inspects a checkpoint without reading its tensors. Whatever the bytes are, it resolves, and says in `problems` what is
 * wrong. Rejects only when the source does.
 */
export async function inspectCheckpoint(source: ByteSource, signal?: AbortSignal): Promise<CheckpointFacts> {
  const reading = await readDirectory(source, signal);
  if (reading.kind === 'complete') return await inspectArchive(source, reading.directory, signal);
  return await inspectHead(source, reading.problem, signal);
}

/** Whether the trainer would resume from it with all its state: the test before it is uploaded, and before it is restored. */
export function isResumable(facts: CheckpointFacts): facts is CheckpointFacts & { readonly update: number } {
  return facts.complete && facts.kind === 'full' && facts.update !== null && facts.problems.length === 0;
}
