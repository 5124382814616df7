// The operator's Lease as an election sees it: one object, written only over the version that was read.
import type { LeaseClaim, LeaseRecord } from '../domain/lease.ts';

/** One Lease. Every method rejects with ClusterError, or the signal's reason when aborted. */
export interface Lease {
  /** `namespace/name`. */
  readonly name: string;
  /** Undefined when there is none. */
  read(signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** AlreadyExists when there is one. */
  create(claim: LeaseClaim, signal: AbortSignal): Promise<LeaseRecord>;
  /** Over exactly this version, else Conflict; NotFound when there is none. */
  write(over: string, claim: LeaseClaim, signal: AbortSignal): Promise<LeaseRecord>;
}
