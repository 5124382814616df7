// Which unfinished uploads belong to attempts that are dead, so that their parts may be given up. When in doubt they stay.
import type { AttemptId } from '../bucket/keys.ts';
import { parseStoreKey } from '../bucket/store-keys.ts';
import type { Instant, Seconds } from '../units.ts';

export interface AgedUpload {
  readonly namespace: string;
  readonly run: string;
  readonly attempt: AttemptId;
}

export interface UploadAge {
  /** The store's prefix. */
  readonly prefix: string;
  readonly abortAfterSeconds: Seconds;
  /** Undefined: no age can be told. */
  readonly storeTime: Instant | undefined;
}

/** The attempt whose upload this is, when it is old enough to be given up; `startedAt` is by the store's clock. */
export function agedUpload(
  upload: { readonly key: string; readonly startedAt: Instant },
  { prefix, abortAfterSeconds, storeTime }: UploadAge,
): AgedUpload | undefined {
  if (storeTime === undefined || storeTime - upload.startedAt < abortAfterSeconds * 1000) return undefined;
  const place = parseStoreKey(prefix, upload.key);
  if (place?.is !== 'OfRun' || place.object?.is !== 'Checkpoint') return undefined;
  const { namespace, run, object } = place;
  return { namespace, run, attempt: object.attempt };
}
