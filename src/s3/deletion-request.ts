// One DeleteObjects request: sent with what each target names, its answer read key by key. It believes in no deletion that the answer
// does not confirm.
import { DeleteObjectsCommand, type DeletedObject, type _Error } from '@aws-sdk/client-s3';
import type { DeleteFailure, DeletionTarget } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { BadAnswerError } from './trouble.ts';

/** The targets that were not deleted; all others were. */
export type Failures<T> = ReadonlyMap<T, DeleteFailure>;

/** Codes of a target that is not there: that is what was asked for. */
const gone = new Set(['NoSuchKey', 'NoSuchVersion']);

/** How servers say that an object lock keeps a version (AWS and versitygw; MinIO). */
const lockWords = /object lock|WORM/i;

/** Sends one request. @throws the SDK's error, or BadAnswerError for an answer about what was not asked */
export async function sendDeletion<T extends DeletionTarget>(
  bucket: Bucket,
  targets: readonly T[],
  options: TryOptions,
): Promise<Failures<T>> {
  const Objects = targets.map(({ key: Key, etag: ETag, versionId: VersionId }) => ({ Key, ETag, VersionId }));
  const command = new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects, Quiet: false } });
  const { Deleted = [], Errors = [] } = await bucket.client.send(command, options);
  return judge(targets, Deleted, Errors);
}

function judge<T extends DeletionTarget>(
  targets: readonly T[],
  deleted: readonly DeletedObject[],
  errors: readonly _Error[],
): Failures<T> {
  const open = new Map(targets.map((target) => [nameOf(target.key, target.versionId), target]));
  const failures = new Map<T, DeleteFailure>();
  for (const { Key = '', VersionId } of deleted) open.delete(nameOf(Key, VersionId));
  for (const { Key = '', VersionId, Code = 'Unknown', Message = '' } of errors) {
    const name = nameOf(Key, VersionId);
    const target = open.get(name);
    if (target === undefined) throw new BadAnswerError(`an answer about ${Key}, which was not asked for`);
    open.delete(name);
    if (!gone.has(Code)) failures.set(target, failureOf(target, Code, Message));
  }
  const message = 'the answer says neither that it was deleted nor why not';
  for (const target of open.values()) failures.set(target, failureOf(target, 'Unconfirmed', message));
  return failures;
}

const nameOf = (key: string, versionId = ''): string => `${versionId} ${key}`;

function failureOf(target: DeletionTarget, code: string, message: string): DeleteFailure {
  const failure = { ...targetName(target), code, message };
  return lockWords.test(message) ? { ...failure, locked: true } : failure;
}

/** A target as a failure names it. */
export const targetName = ({ key, versionId }: DeletionTarget): Pick<DeleteFailure, 'key' | 'versionId'> =>
  versionId === undefined ? { key } : { key, versionId };
