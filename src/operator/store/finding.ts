// What one check of a store found: it can be used, or the reason of its condition and what this case adds to its words.
import type { StoreReason } from '../../api/conditions.ts';
import {
  type ObjectStore,
  ObjectStoreError,
  type ObjectStoreErrorCode,
  type StoreCapabilities,
} from '../../ports/objects.ts';

export interface Usable {
  readonly objects: ObjectStore;
  readonly capabilities: StoreCapabilities;
}

export interface Trouble {
  readonly reason: Exclude<StoreReason, 'Probed' | 'Probing'>;
  readonly detail: string | undefined;
}

export type Finding = ({ readonly kind: 'Usable' } & Usable) | ({ readonly kind: 'Trouble' } & Trouble);

export const trouble = (reason: Trouble['reason'], detail?: string): Finding & { kind: 'Trouble' } => ({
  kind: 'Trouble',
  reason,
  detail,
});

const reasons: Readonly<Record<ObjectStoreErrorCode, Trouble['reason']>> = {
  NotFound: 'BucketNotFound',
  AccessDenied: 'AccessDenied',
  NoCredentials: 'NoCredentials',
  Untrusted: 'UntrustedCertificate',
  Unavailable: 'Unreachable',
  NotS3: 'NotS3',
  Corrupted: 'ProbeFailed',
  Refused: 'ProbeFailed',
  // Only the claim is written with a condition: somebody else wrote it at the same moment.
  PreconditionFailed: 'ForeignClaim',
};

/** The trouble an object store's error stands for; anything else is thrown on. */
export function troubleOf(cause: unknown): Finding {
  if (cause instanceof ObjectStoreError) return trouble(reasons[cause.code], cause.message);
  throw cause;
}
