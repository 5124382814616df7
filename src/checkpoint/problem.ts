// What can be wrong with a checkpoint, as a code and one sentence. Hostile bytes end here, never in a stack trace.

import type { ByteSource } from './byte-source.ts';

/** Every reason for which a checkpoint is not what it should be; stable. docs/checkpoint-problems.md explains them. */
export const problemCodes = [
  'Empty',
  'SourceShrank',
  'NotACheckpoint',
  'LegacyFormat',
  'NoEndRecord',
  'DirectoryInconsistent',
  'LimitExceeded',
  'EntryMalformed',
  'EntryUnsupported',
  'EntryOutside',
  'EntryOverlap',
  'EntryDuplicate',
  'EntryMissing',
  'PickleMalformed',
  'PickleRefused',
  'ForeignGlobal',
  'KeyMissing',
  'SchedulerMissing',
  'CounterInvalid',
  'StorageMissing',
  'StorageSize',
  'TensorMalformed',
  'TensorUnsupported',
  'EmaMissing',
  'HeaderMismatch',
  'CrcMismatch',
  'SafetensorsMalformed',
] as const;

/** One of them. */
export type ProblemCode = (typeof problemCodes)[number];

/** One thing that is wrong, in a sentence that names the part and the value. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
}

/**
 * What is wrong, on its way out. The readers turn it into a `Problem`; it leaves this room only from `Weights.chunks`, which
 * has no other way to stop. `problemOf` tells it from an error of the source.
 */
export class Rejection extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The problem a rejection carries; anything else that was thrown is not about the checkpoint and is thrown on. */
export function problemOf(cause: unknown): Problem {
  if (cause instanceof Rejection) return { code: cause.code, message: cause.message };
  throw cause;
}

/** Quotes text taken from the file for a message: escaped, and cut to a length a line can hold. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Where bytes lie. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Exactly the bytes of `span`. @throws Rejection SourceShrank when the source has become shorter meanwhile. */
export async function readExactly(source: ByteSource, span: Span, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(span.offset, span.length, signal);
  if (bytes.length === span.length) return bytes;
  throw shrunk(source);
}

/** The same in `into`'s memory, where the source can read so. */
export async function readExactlyInto(
  source: ByteSource,
  { offset, into }: { readonly offset: number; readonly into: Uint8Array },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (source.readInto === undefined) return readExactly(source, { offset, length: into.length }, signal);
  if ((await source.readInto(offset, into, signal)) === into.length) return into;
  throw shrunk(source);
}

function shrunk(source: ByteSource): Rejection {
  return new Rejection(
    'SourceShrank',
    `The file had ${source.size} bytes and became shorter while it was being read: it is being written again.`,
  );
}
