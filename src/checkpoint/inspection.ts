// Reads the facts of a checkpoint from its ends: whether it is complete, and what it says about the training and the model.
// Two reads of less than 1 MB even for a 5.4 GB file. Runs nothing from the file, and vouches for no tensor's bytes.

import type { ByteSource } from './byte-source.ts';
import { readPickle } from './pickle-reading.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './problem.ts';
import { readHead, readSafetensors } from './safetensors-reading.ts';
import { isEma, safetensorsHeaderLength } from './safetensors.ts';
import type { ModelFacts, Tensor } from './tensor.ts';
import { modelFactsOf } from './tensor.ts';
import { storageProblems } from './torch-storage.ts';
import { listTensors } from './torch-tensor.ts';
import type { TrainingState } from './training-state.ts';
import { readTrainingState, unknownState } from './training-state.ts';
import type { Directory } from './zip-directory.ts';
import { readDirectory } from './zip-directory.ts';
import { viewOf } from './zip-entry.ts';

/** Everything a checkpoint tells about itself without its tensors being read. */
export interface CheckpointFacts extends TrainingState, ModelFacts {
  /** By content, not by name; null for a file that is neither. */
  readonly format: 'pt' | 'safetensors' | null;
  readonly sizeBytes: number;
  /** Written to its end, by records that add up. Only then is anything else told. */
  readonly complete: boolean;
  /** The file's stem when it was saved: `model_last`, `model_5000`, `archive`. A copy keeps it. */
  readonly archivePrefix: string | null;
  /** Empty when nothing is wrong. */
  readonly problems: readonly Problem[];
}

/** The facts, and what they rest on. */
export interface Examination {
  readonly facts: CheckpointFacts;
  /** In the order the file lists them; those before the first wrong one where one is wrong. */
  readonly tensors: readonly Tensor[];
  /** Of a complete .pt: what `verifyEntries` proves the bytes by. */
  readonly directory: Directory | undefined;
}

const nothing = {
  ...unknownState,
  vocabRows: null,
  parameters: null,
  archivePrefix: null,
  complete: false,
} as const;

async function examineArchive(
  source: ByteSource,
  directory: Directory,
  signal?: AbortSignal,
): Promise<Examination> {
  const archive = {
    ...nothing,
    format: 'pt',
    sizeBytes: source.size,
    complete: true,
    archivePrefix: directory.prefix,
  } as const;
  try {
    const { root, storages } = await readPickle(source, directory, signal);
    const { state, problems } = readTrainingState(root);
    const listing = listTensors(root, directory.prefix);
    const wrong = [...problems, ...storageProblems(storages, directory), ...listing.problems];
    const facts = { ...archive, ...state, ...modelFactsOf(listing.tensors), problems: wrong };
    return { facts, tensors: listing.tensors, directory };
  } catch (cause) {
    return { facts: { ...archive, problems: [problemOf(cause)] }, tensors: [], directory };
  }
}

/** PROTO 2 and torch's magic number as LONG1: torch.save before 1.6. */
const legacyMagic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

/** What a file without a zip directory is, when it is no safetensors file: a torn .pt, or something else. */
function foreign(source: ByteSource, head: Uint8Array, problem: Problem): CheckpointFacts {
  const facts = { ...nothing, sizeBytes: source.size } as const;
  if (source.size < 4 || viewOf(head).getUint32(0, true) === 0x04034b50)
    return { ...facts, format: 'pt', problems: [problem] };
  if (legacyMagic.equals(head.subarray(0, legacyMagic.length))) {
    const message =
      'The file has the layout of torch.save before torch 1.6, whose end nothing marks: whether it is whole cannot be told. Load it and save it again with a newer torch.';
    return { ...facts, format: 'pt', problems: [{ code: 'LegacyFormat', message }] };
  }
  const message = 'The file begins neither as a zip archive of torch.save nor as a safetensors file.';
  return { ...facts, format: null, problems: [{ code: 'NotACheckpoint', message }] };
}

async function examineHead(source: ByteSource, problem: Problem, signal?: AbortSignal): Promise<Examination> {
  const none = { tensors: [], directory: undefined };
  const facts = { ...nothing, sizeBytes: source.size } as const;
  let format: 'safetensors' | null = null;
  try {
    const head = await readHead(source, signal);
    if (safetensorsHeaderLength(head, source.size) !== undefined) format = 'safetensors';
    const tensors = await readSafetensors(source, head, signal);
    if (tensors === undefined) return { ...none, facts: foreign(source, head, problem) };
    const kind = isEma(tensors) ? 'emaOnly' : 'weightsOnly';
    const told = { ...facts, ...modelFactsOf(tensors), kind, format: 'safetensors', complete: true } as const;
    return { ...none, facts: { ...told, problems: [] }, tensors };
  } catch (cause) {
    return { ...none, facts: { ...facts, format, problems: [problemOf(cause)] } };
  }
}

/**
 * Examines a checkpoint without reading its tensors. Whatever the bytes are, it resolves, and says in `problems` what is
 * wrong. Rejects only when the source does.
 */
export async function examineCheckpoint(source: ByteSource, signal?: AbortSignal): Promise<Examination> {
  const reading = await readDirectory(source, signal);
  if (reading.kind === 'complete') return await examineArchive(source, reading.directory, signal);
  return await examineHead(source, reading.problem, signal);
}

/** The facts of a checkpoint alone: see `examineCheckpoint`. */
export async function inspectCheckpoint(source: ByteSource, signal?: AbortSignal): Promise<CheckpointFacts> {
  return (await examineCheckpoint(source, signal)).facts;
}

/** Whether the trainer would resume from it with all its state: the test before it is uploaded, and before it is restored. */
export function isResumable(facts: CheckpointFacts): facts is CheckpointFacts & { readonly update: number } {
  return facts.complete && facts.kind === 'full' && facts.update !== null && facts.problems.length === 0;
}
