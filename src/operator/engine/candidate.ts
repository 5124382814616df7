// One try for the Lease: renew it as it was last written, else look at it and take it if it may be taken. It never waits, never tries
// twice, and holds nothing itself.
import {
  claimLease,
  judgeLease,
  type LeaseClaim,
  type LeaseRecord,
  releaseLease,
  type Sighting,
  sightLease,
} from '../../domain/lease.ts';
import { formatMicroTime } from '../../domain/time.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import { ClusterError, type ClusterErrorCode } from '../../ports/cluster.ts';
import type { Lease } from '../../ports/lease.ts';

export interface CandidateSetup {
  readonly lease: Lease;
  /** Of this process alone: another one, even on the same machine, has another. */
  readonly identity: string;
  readonly durationSeconds: Seconds;
  readonly clock: Clock;
}

export type LeaseTry =
  | {
      readonly kind: 'Held';
      readonly record: LeaseRecord;
      /** Monotonic milliseconds of before the write was sent: nobody saw it renewed earlier. */
      readonly sentAt: number;
      /** Whose it was when it was last seen to be another's; undefined: nobody's, or ours. */
      readonly former: string | undefined;
    }
  /** Another's, for so many milliseconds at least. */
  | { readonly kind: 'Anothers'; readonly holder: string; readonly milliseconds: number }
  /** Somebody else wrote at the same moment. */
  | { readonly kind: 'Contended' };

export class Candidate {
  readonly #setup: CandidateSetup;
  #sighting: Sighting | undefined;
  /** The Lease as this process last wrote it, while it may still stand so. */
  #own: LeaseRecord | undefined;
  #mayHold = false;
  #heardAt: number;

  constructor(setup: CandidateSetup) {
    this.#setup = setup;
    this.#heardAt = setup.clock.monotonic();
  }

  /** Milliseconds (monotonic) since the Lease was last read or written. */
  silence(): number {
    return this.#setup.clock.monotonic() - this.#heardAt;
  }

  /** Whether the Lease may be ours now, an unanswered write counted. */
  get mayHold(): boolean {
    return this.#mayHold;
  }

  /** Rejects with ClusterError when the API server does not answer or refuses. */
  async try(signal: AbortSignal): Promise<LeaseTry> {
    if (this.#own !== undefined) {
      const renewed = await this.#write(this.#own, signal);
      if (renewed !== undefined) return renewed;
    }
    return this.#lookAndTake(signal);
  }

  /** Lets go of it, if it is ours as far as this process knows. */
  async release(signal: AbortSignal): Promise<void> {
    const { lease, identity, clock } = this.#setup;
    // An unanswered write may have changed it since.
    const found = await lease.read(signal);
    if (found?.holder !== identity) return;
    await lease.write(found.version, releaseLease(found, formatMicroTime(clock.now())), signal);
    this.#own = undefined;
    this.#mayHold = false;
  }

  async #lookAndTake(signal: AbortSignal): Promise<LeaseTry> {
    const { lease, identity, durationSeconds } = this.#setup;
    const found = await lease.read(signal);
    const now = this.#heard();
    this.#sighting = sightLease(this.#sighting, { found, at: now, usualSeconds: durationSeconds });
    const verdict = judgeLease({ identity, sighting: this.#sighting, now });
    if (verdict.kind === 'Wait') {
      this.#mayHold = false;
      const { holder, milliseconds } = verdict;
      return { kind: 'Anothers', holder, milliseconds };
    }
    const taken = found === undefined ? await this.#create(signal) : await this.#write(found, signal);
    return taken ?? { kind: 'Contended' };
  }

  async #create(signal: AbortSignal): Promise<LeaseTry | undefined> {
    const { lease } = this.#setup;
    return this.#attempt(async (claim) => lease.create(claim, signal), undefined, ['AlreadyExists']);
  }

  async #write(over: LeaseRecord, signal: AbortSignal): Promise<LeaseTry | undefined> {
    const { lease } = this.#setup;
    return this.#attempt(async (claim) => lease.write(over.version, claim, signal), over, [
      'Conflict',
      'NotFound',
    ]);
  }

  /** Undefined when somebody else wrote before us, which the `lost` codes say. */
  async #attempt(
    send: (claim: LeaseClaim) => Promise<LeaseRecord>,
    before: LeaseRecord | undefined,
    lost: readonly ClusterErrorCode[],
  ): Promise<LeaseTry | undefined> {
    const { identity, durationSeconds, clock } = this.#setup;
    const former = this.#sighting?.holder === identity ? undefined : this.#sighting?.holder;
    const sentAt = clock.monotonic();
    this.#mayHold = true;
    try {
      const record = await send(
        claimLease(before, { identity, durationSeconds, time: formatMicroTime(clock.now()) }),
      );
      this.#own = record;
      this.#sighting = sightLease(this.#sighting, {
        found: record,
        at: this.#heard(),
        usualSeconds: durationSeconds,
      });
      return { kind: 'Held', record, sentAt, former };
    } catch (cause) {
      if (!(cause instanceof ClusterError) || !lost.includes(cause.code)) throw cause;
      this.#heard();
      this.#own = undefined;
      return undefined;
    }
  }

  #heard(): number {
    this.#heardAt = this.#setup.clock.monotonic();
    return this.#heardAt;
  }
}
