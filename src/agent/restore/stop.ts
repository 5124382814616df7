// How restore ends without a start. A stop waits for a person; a store that is away is tried again by the operator.
import { restoreExitCodes } from '../../domain/run/ending.ts';
import type { RestoreResult } from '../../wire/restore-result.ts';
import { ObjectStoreError, type ObjectStoreErrorCode } from '../../ports/objects.ts';

/** Nothing may be started; trying again changes nothing. `reason` is CamelCase, the message names the cure. */
export class RestoreStop extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'RestoreStop';
    this.reason = reason;
  }
}

/** The bucket became another one while it was being read: look again. */
export class BucketChanged extends Error {
  override readonly name = 'BucketChanged';
}

const reasons: Readonly<Record<ObjectStoreErrorCode, string>> = {
  Unavailable: 'StoreUnavailable',
  AccessDenied: 'StoreAccessDenied',
  NoCredentials: 'StoreAccessDenied',
  Untrusted: 'StoreUntrusted',
  NotFound: 'BucketNotFound',
  NotS3: 'StoreNotS3',
  PreconditionFailed: 'StoreRefused',
  Corrupted: 'StoreUnavailable',
  Refused: 'StoreRefused',
};

/** The result for an error that ends restore; undefined for errors that are no result: abortion and our own faults. */
export function resultOf(cause: unknown): RestoreResult | undefined {
  if (cause instanceof RestoreStop)
    return {
      version: 1,
      outcome: 'Stopped',
      reason: cause.reason,
      message: clip(cause.message),
      update: null,
    };
  if (cause instanceof ObjectStoreError) {
    const message = clip(cause.message);
    return { version: 1, outcome: 'Unavailable', reason: reasons[cause.code], message, update: null };
  }
  if (cause instanceof BucketChanged) {
    const message = `${clip(cause.message)} while it was being read, again and again`;
    return { version: 1, outcome: 'Unavailable', reason: 'StoreUnavailable', message, update: null };
  }
  return undefined;
}

/** The end of a restore that made too little headway: the store is there, but of no use. */
export const tookTooLong = (seconds: number): ObjectStoreError =>
  new ObjectStoreError(
    'Unavailable',
    `choosing and fetching a checkpoint took more than ${seconds} s: check the speed of the store and of the scratch volume`,
  );

/** The exit code that tells the class of a result; podFailurePolicy reads nothing else. */
export function exitCodeOf({ outcome }: RestoreResult): number {
  switch (outcome) {
    case 'Restored':
    case 'Scratch':
      return restoreExitCodes.done;
    case 'Stopped':
      return restoreExitCodes.waitsForPerson;
    case 'Unavailable':
      return restoreExitCodes.retryable;
  }
}

/** A termination message holds 4096 bytes in all; a character may take several. */
export const clip = (message: string): string =>
  message.length > 1000 ? `${message.slice(0, 999)}…` : message;
