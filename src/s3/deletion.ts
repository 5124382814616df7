// Deletes named keys in batches, and believes in no deletion that the answer does not confirm.
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import type { DeleteFailure } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { mostDeletions } from './limits.ts';
import { BadAnswerError } from './trouble.ts';

/** Codes of one key that another try may overcome. */
const passing = new Set([
  'InternalError',
  'ServiceUnavailable',
  'SlowDown',
  'OperationAborted',
  'Unconfirmed',
]);

/** Deletes exactly these keys and returns those that stayed. */
export async function deleteObjects(
  bucket: Bucket,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  signal.throwIfAborted();
  const distinct = [...new Set(keys)];
  const failures: DeleteFailure[] = [];
  for (let from = 0; from < distinct.length; from += mostDeletions)
    failures.push(...(await deleteBatch(bucket, distinct.slice(from, from + mostDeletions), signal)));
  return failures;
}

async function deleteBatch(
  bucket: Bucket,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const final: DeleteFailure[] = [];
  let left = keys;
  for (let tries = 1; ; tries += 1) {
    const failures = await sendBatch(bucket, left, signal);
    const again = failures.filter((failure) => passing.has(failure.code));
    final.push(...failures.filter((failure) => !passing.has(failure.code)));
    if (again.length === 0) return final;
    if (tries >= bucket.limits.tries) return [...final, ...again];
    left = again.map((failure) => failure.key);
    await bucket.clock.sleep(bucket.limits.firstDelayMilliseconds * 2 ** (tries - 1), signal);
  }
}

function sendBatch(
  bucket: Bucket,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const run = async (options: TryOptions): Promise<readonly DeleteFailure[]> => {
    const command = new DeleteObjectsCommand({
      Bucket: bucket.name,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: false },
    });
    const { Deleted = [], Errors = [] } = await bucket.client.send(command, options);
    const open = new Set(keys);
    for (const { Key = '' } of Deleted) open.delete(Key);
    const refused = Errors.map(({ Key = '', Code = 'Unknown', Message = '' }) => {
      if (!open.delete(Key)) throw new BadAnswerError(`an answer about ${Key}, which was not asked for`);
      return { key: Key, code: Code, message: Message };
    });
    const unconfirmed = [...open].map((key) => ({
      key,
      code: 'Unconfirmed',
      message: 'the answer says neither that it was deleted nor why not',
    }));
    return [...refused.filter((failure) => failure.code !== 'NoSuchKey'), ...unconfirmed];
  };
  return bucket.caller.call({ verb: `delete ${keys.length} objects of`, run }, signal);
}
