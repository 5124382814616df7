// Writes the log of what retention removes from a run, in the bucket beside it: before the deletion, so that nothing goes without a word,
// and corrected after it where the store refused.
import { dayOf, withDeletions, withoutDeletions } from '../../domain/bucket/deletion-log.ts';
import { formatRunObject } from '../../domain/bucket/keys.ts';
import { formatTime } from '../../domain/time.ts';
import type { Instant } from '../../domain/units.ts';
import { textOf } from '../../observation/bucket-documents.ts';
import { type ObjectStore, ObjectStoreError } from '../../ports/objects.ts';
import {
  type DeletionsDocument,
  deletionsDocument,
  type LoggedDeletion,
} from '../../wire/deletions-document.ts';

export interface DeletionLog {
  readonly objects: ObjectStore;
  /** The run's, with its trailing slash. */
  readonly prefix: string;
  readonly now: Instant;
}

export interface Deleted {
  /** Whole. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly savedAt: Instant;
  readonly reasons: readonly string[];
}

/** Notes what is about to be deleted. @throws ObjectStoreError, DocumentError: then nothing may be deleted. */
export async function logDeletions(
  log: DeletionLog,
  deleted: readonly Deleted[],
  signal: AbortSignal,
): Promise<void> {
  const added = deleted.map(({ key, sizeBytes, savedAt, reasons }): LoggedDeletion => ({
    key: key.slice(log.prefix.length),
    sizeBytes,
    savedAt: formatTime(savedAt),
    deletedAt: formatTime(log.now),
    reasons,
  }));
  await rewrite(log, (document) => ({ version: 1, ...withDeletions(document, added) }), signal);
}

/** Takes back what stayed. */
export async function correctLog(
  log: DeletionLog,
  stayed: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const keys = new Set(stayed.map((key) => key.slice(log.prefix.length)));
  await rewrite(log, (document) => ({ version: 1, ...withoutDeletions(document, keys) }), signal);
}

const empty: DeletionsDocument = { version: 1, deletions: [], more: { count: 0, bytes: 0 } };

/** How often somebody else may be quicker. */
const tries = 3;

async function rewrite(
  log: DeletionLog,
  change: (document: DeletionsDocument) => DeletionsDocument,
  signal: AbortSignal,
): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      return await rewriteOnce(log, change, signal);
    } catch (cause) {
      const isRace = cause instanceof ObjectStoreError && cause.code === 'PreconditionFailed';
      if (!isRace || left <= 1) throw cause;
    }
  }
}

async function rewriteOnce(
  { objects, prefix, now }: DeletionLog,
  change: (document: DeletionsDocument) => DeletionsDocument,
  signal: AbortSignal,
): Promise<void> {
  const key = prefix + formatRunObject({ is: 'Deletions', date: dayOf(now) });
  const found = await objects.get(key, signal);
  const before = found === undefined ? empty : deletionsDocument.parse(textOf(found), key);
  const bytes = new TextEncoder().encode(deletionsDocument.format(change(before)));
  const condition = found === undefined ? 'absent' : { etag: found.etag };
  await objects.put({ key, bytes, condition }, signal);
}
