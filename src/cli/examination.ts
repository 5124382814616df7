// One look at a checkpoint: what its ends say and, when asked for, the proof by every byte. What is damaged is a problem among the
// others; the verdict "verified" is never given to bytes that nothing vouches for.
import type { ByteSource } from '../checkpoint/byte-source.ts';
import { type Verification, verifyEntries } from '../checkpoint/entry-verification.ts';
import { type CheckpointFacts, examineCheckpoint } from '../checkpoint/inspection.ts';
import type { Problem } from '../checkpoint/problem.ts';
import type { Tensor } from '../checkpoint/tensor.ts';
import { type Progress, showProgress } from './progress.ts';
import { readAhead } from './read-ahead.ts';
import { formatCrc32 } from './words.ts';
import type { CliWorld } from './world.ts';

export interface Examination {
  readonly facts: CheckpointFacts;
  readonly tensors: readonly Tensor[];
  /** Undefined when it was not asked for, or there was nothing to prove. */
  readonly verification: Proof | undefined;
}

/** `Unverifiable`: the structure holds, and nothing tells what the bytes should be. */
export type Proof =
  | { readonly verdict: 'Verified'; readonly fileCrc32: number }
  | { readonly verdict: 'Unverifiable'; readonly why: string; readonly fileCrc32?: number }
  | { readonly verdict: 'Damaged' };

const harmless: ReadonlySet<string> = new Set(['SchedulerMissing']);

/** Whole, undamaged, of F5-TTS. Without its scheduler the trainer cannot resume from it, but it is whole. */
export const isSound = ({ complete, kind, problems }: CheckpointFacts): boolean =>
  complete && kind !== 'unknown' && problems.every(({ code }) => harmless.has(code));

export interface Question {
  readonly source: ByteSource;
  /** Whether every byte is to be read. */
  readonly isVerified: boolean;
  /** The CRC32 the whole must have; absent = none is known. */
  readonly announced?: number | undefined;
  /** Each read is a request: some are made ahead. */
  readonly isRemote?: boolean;
}

/** Looks at a checkpoint. Whatever its bytes are, it resolves; it rejects only when the source does. */
export async function look(world: CliWorld, question: Question, signal: AbortSignal): Promise<Examination> {
  const { source, isVerified, announced, isRemote = false } = question;
  const { facts, tensors, directory } = await examineCheckpoint(source, signal);
  if (!isVerified || !facts.complete) return { facts, tensors, verification: undefined };
  if (directory === undefined) {
    const why = 'this format holds no checksums: only its structure was checked';
    return { facts, tensors, verification: { verdict: 'Unverifiable', why } };
  }
  const progress = showProgress(world, { verb: 'verifying', sizeBytes: source.size });
  try {
    const forward = isRemote ? readAhead(source) : source;
    const found = await verifyEntries(watched(forward, progress), directory, signal);
    return { tensors, ...judged(facts, found, announced) };
  } finally {
    progress.end();
  }
}

function judged(facts: CheckpointFacts, found: Verification, announced: number | undefined): Judged {
  if (found.verdict === 'damaged') return damaged(facts, found.problem);
  const { fileCrc32, verdict } = found;
  if (announced !== undefined && announced !== fileCrc32) {
    const message = `The whole has CRC32 ${formatCrc32(fileCrc32)}, not ${formatCrc32(announced)} as when it was saved.`;
    return damaged(facts, { code: 'CrcMismatch', message });
  }
  if (verdict === 'verified' || announced !== undefined)
    return { facts, verification: { verdict: 'Verified', fileCrc32 } };
  const why = 'its writer recorded no CRC32 of any entry: only its structure was checked';
  return { facts, verification: { verdict: 'Unverifiable', why, fileCrc32 } };
}

type Judged = Omit<Examination, 'tensors'>;

const damaged = (facts: CheckpointFacts, problem: Problem): Judged => ({
  facts: { ...facts, problems: [...facts.problems, problem] },
  verification: { verdict: 'Damaged' },
});

/** Tells the progress how far a source was read. */
function watched(source: ByteSource, progress: Progress): ByteSource {
  let done = 0;
  return {
    size: source.size,
    read: async (offset, length, signal) => {
      const bytes = await source.read(offset, length, signal);
      done = Math.max(done, Math.min(offset + bytes.length, source.size));
      progress.at(done);
      return bytes;
    },
  };
}
