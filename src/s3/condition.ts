// Conditional writes: S3's headers where the endpoint knows them, else a look before the write, which two writers at the same
// moment can beat (the store's capabilities say which).
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { PutCondition } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { troubleOf } from './trouble.ts';

/** The request parameters of a condition. */
export interface ConditionHeaders {
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
}

export interface ConditionalWrite<T> {
  readonly key: string;
  readonly condition: PutCondition;
  readonly send: (headers: ConditionHeaders) => Promise<T>;
}

class UnmetConditionError extends Error {
  override readonly name = 'PreconditionFailed';
}

/** Writes under a condition; rejects as S3 does (412) when it is not met. */
export async function writeIf<T>(
  bucket: Bucket,
  write: ConditionalWrite<T>,
  options: TryOptions,
): Promise<T> {
  const { condition } = write;
  if (condition === 'any') return write.send({});
  if (bucket.lessons.conditions) {
    try {
      return await write.send(condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag });
    } catch (error) {
      if (!isUnknown(error)) return Promise.reject(condition === 'absent' ? error : unmetWhenAbsent(error));
      bucket.lessons.conditions = false;
    }
  }
  await requireMet(bucket, write, options);
  return write.send({});
}

/** A server that does not know the headers says so; one that ignores them is found out by the probe. */
const isUnknown = (error: unknown): boolean => troubleOf(error).status === 501;

/** If-Match on a key that is not there answers 404. */
function unmetWhenAbsent(error: unknown): unknown {
  return troubleOf(error).name === 'NoSuchKey' ? new UnmetConditionError('nothing is there') : error;
}

async function requireMet<T>(
  bucket: Bucket,
  { key, condition }: ConditionalWrite<T>,
  options: TryOptions,
): Promise<void> {
  const present = await etagOf(bucket, key, options);
  const wanted = typeof condition === 'string' ? undefined : condition.etag;
  if (present !== wanted) throw new UnmetConditionError(`there is ${present ?? 'nothing'}`);
}

async function etagOf(bucket: Bucket, key: string, options: TryOptions): Promise<string | undefined> {
  try {
    const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }), options);
    return head.ETag;
  } catch (error) {
    if (troubleOf(error).status === 404) return undefined;
    throw error;
  }
}
