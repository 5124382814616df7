// Whether a local file is a checkpoint the trainer can resume from, in the words of status and logs. Bytes are read, never run.
import type { ByteSource } from '../checkpoint/byte-source.ts';
import { type Verification, verifyEntries } from '../checkpoint/entry-verification.ts';
import { type CheckpointFacts, inspectCheckpoint, isResumable } from '../checkpoint/inspection.ts';
import { type Directory, readDirectory } from '../checkpoint/zip-directory.ts';
import type { Update } from '../domain/units.ts';
import type { Disk, ReadableFile } from '../ports/disk.ts';

/** What a resumable checkpoint says of the training. */
export interface Training {
  readonly update: Update;
  readonly plannedUpdates: Update | undefined;
  readonly worldSize: number | undefined;
}

/** Torn: not written to its end, or its bytes are damaged. Unusable: whole, but nothing the trainer resumes from. */
export type Flaw = { readonly kind: 'Torn' | 'Unusable'; readonly reason: string };

export type Judgement = { readonly kind: 'Resumable'; readonly training: Training } | Flaw;

/** A judgement that rests on every byte. Unverifiable: the writer recorded no CRCs; only the structure holds. */
export type Proof =
  | {
      readonly kind: 'Resumable';
      readonly training: Training;
      readonly crc32: number;
      readonly isVerified: boolean;
    }
  | Flaw;

/** Judges by the file's ends: two short reads. */
export async function judgeFile(disk: Disk, path: string, signal: AbortSignal): Promise<Judgement> {
  return withSource(disk, path, async (source) => judge(await inspectCheckpoint(source, signal)));
}

/** Judges by every byte: one pass over the file. */
export async function proveFile(disk: Disk, path: string, signal: AbortSignal): Promise<Proof> {
  return withSource(disk, path, (source) => prove(source, signal));
}

/** The same over a file that is open already, and stays so. */
export const proveOpen = (file: ReadableFile, signal: AbortSignal): Promise<Proof> =>
  prove(sourceOf(file), signal);

/** The directory of a file's archive; undefined when it has none that adds up. */
export const directoryOf = (disk: Disk, path: string, signal: AbortSignal): Promise<Directory | undefined> =>
  withSource(disk, path, async (source) => {
    const reading = await readDirectory(source, signal);
    return reading.kind === 'complete' ? reading.directory : undefined;
  });

async function prove(source: ByteSource, signal: AbortSignal): Promise<Proof> {
  const judgement = judge(await inspectCheckpoint(source, signal));
  if (judgement.kind !== 'Resumable') return judgement;
  const verification = await verifyWhole(source, signal);
  if (verification.verdict === 'damaged') return { kind: 'Torn', reason: verification.problem.message };
  const { fileCrc32: crc32, verdict } = verification;
  return { ...judgement, crc32, isVerified: verdict === 'verified' };
}

async function verifyWhole(source: ByteSource, signal: AbortSignal): Promise<Verification> {
  const reading = await readDirectory(source, signal);
  if (reading.kind === 'incomplete') return { verdict: 'damaged', problem: reading.problem };
  return verifyEntries(source, reading.directory, signal);
}

function judge(facts: CheckpointFacts): Judgement {
  if (isResumable(facts)) {
    const { update, plannedUpdates, worldSize } = facts;
    const training = {
      update,
      plannedUpdates: wholeOrNothing(plannedUpdates),
      worldSize: wholeOrNothing(worldSize),
    };
    return { kind: 'Resumable', training };
  }
  const reason = facts.problems[0]?.message ?? `It holds ${facts.kind} state: the trainer would start at 0.`;
  return { kind: facts.complete ? 'Unusable' : 'Torn', reason };
}

/** A schedule may claim any number; only a count can be told on. */
const wholeOrNothing = (count: number | null): number | undefined =>
  count !== null && Number.isSafeInteger(count) && count >= 0 ? count : undefined;

/** Opens the file for as long as `use` takes. */
export async function withSource<T>(
  disk: Disk,
  path: string,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const file = await disk.openRead(path);
  try {
    return await use(sourceOf(file));
  } finally {
    await file.close();
  }
}

const sourceOf = (file: ReadableFile): ByteSource => ({
  size: file.sizeBytes,
  read: async (offset, length) => {
    const into = new Uint8Array(length);
    return into.subarray(0, await file.read(offset, into));
  },
  readInto: (offset, into) => file.read(offset, into),
});
