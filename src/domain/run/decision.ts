// What a pass does about a run. A decision is a value: it can be printed, previewed, tested, then carried out.
import type { AttemptId } from '../bucket/keys.ts';
import type { Rollback } from '../bucket/rollback.ts';
import type { PinChange } from '../retention/pin-mirror.ts';
import type { Instant, Seconds, Update } from '../units.ts';
import type { Intent } from './ending.ts';
import type { AttemptView } from './ledger.ts';

/** How a run stands, for its phase and message; `waiting` and `stalled` carry a sentence with the cure. */
export type Standing =
  /** `suspendsBy`: it is suspended after its next save, at the latest then. */
  | { readonly is: 'Live'; readonly suspendsBy?: Instant }
  | { readonly is: 'Starting' }
  /** `waitsFor`: not for the time, but for this. */
  | { readonly is: 'Restarting'; readonly inSeconds: Seconds; readonly waitsFor?: string }
  /** `triesIn`: another attempt is made then all the same, since nobody hears of what would mend it. */
  | {
      readonly is: 'Stalled';
      readonly reason: string;
      readonly message: string;
      readonly triesIn?: Seconds;
    }
  | { readonly is: 'Suspended' }
  | { readonly is: 'Succeeded' }
  | { readonly is: 'Failed'; readonly reason: string; readonly message: string };

export interface NewAttempt {
  readonly number: number;
  /** The checkpoint it would start from now; restore must find it or better, else it stops. */
  readonly expected: { readonly attempt: AttemptId; readonly update: Update } | undefined;
  /** The rollback it carries out. */
  readonly rollback: Rollback | undefined;
  /** In words, what it starts from. */
  readonly from: string;
  /** The attempt that may still be flushing, and until when (ms since the epoch). */
  readonly predecessor: { readonly attempt: AttemptId; readonly until: number } | undefined;
}

/** In words, what it starts from, which may be newer by then; a rollback is exact. */
export const fromWords = ({ from, expected, rollback }: NewAttempt): string =>
  `${from}${expected === undefined || rollback !== undefined ? '' : ' or newer'}`;

export type Action =
  /** Writes run.json, over exactly the one that was read (or only if there is none). */
  | {
      readonly do: 'WriteMarker';
      readonly highestAttempt: number;
      readonly phase: string;
      readonly over: string | undefined;
    }
  | { readonly do: 'CreateJob'; readonly attempt: NewAttempt }
  | { readonly do: 'DeleteJob'; readonly name: string; readonly uid: string }
  /** Ends a pod whose Job was taken from it (`kubectl delete job --cascade=orphan`). */
  | { readonly do: 'DeletePod'; readonly name: string; readonly uid: string }
  /** Tells restore through the bucket that nothing more comes of the attempt it waits for. */
  | { readonly do: 'TellGone'; readonly attempt: AttemptId; readonly why: string }
  /** Writes a pin of the spec into the bucket, or takes one away that the spec has no more. */
  | ({ readonly do: 'MirrorPin' } & PinChange)
  /** Lets Kubernetes remove a Job whose end is in the ledger. */
  | { readonly do: 'ExpireJob'; readonly name: string };

export interface RunEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** What it is known by beside its reason, where the message has numbers that move; absent = the message. */
  readonly topic?: string;
}

/** When to look again without being told: undefined = only on a change. */
export type Recheck = Seconds | undefined;

/** What the chooser of the next step settled on, before it is folded into a {@link Decision}. */
export interface Choice {
  readonly standing: Standing;
  readonly actions: readonly Action[];
  readonly recheck: Recheck;
  /** Set when an attempt is started: its number is reserved by this pass's status write. */
  readonly starts?: NewAttempt;
  /** Set when the newest attempt is ended by us: the intent, written before its Job is deleted. */
  readonly intent?: Intent;
  readonly adopts?: string;
}

export interface Decision {
  readonly standing: Standing;
  readonly attempts: readonly AttemptView[];
  /** The largest reserved number after this pass. */
  readonly attempt: number;
  readonly failures: number;
  readonly disruptions: number;
  /** Set while starting: what status remembers of the workload and the retry annotation. */
  readonly starts: NewAttempt | undefined;
  readonly actions: readonly Action[];
  readonly events: readonly RunEvent[];
  readonly recheck: Recheck;
}
