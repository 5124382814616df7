// The retention rules and pins that a run declares, and what they are when it declares less. A union of keep rules: any match keeps. No
// rule for Steps at all keeps every Step.
import type { Bytes, Instant, Seconds, Update } from '../units.ts';

/** The keep rules. What is undefined keeps nothing by itself, or has the default that its line names. */
export interface KeepRules {
  /** How many checkpoints of kind Last stay; undefined = {@link leastModelLast}, or 0 once Succeeded. */
  readonly keepModelLast?: number | undefined;
  /** How many of the newest Steps stay. */
  readonly keepNewest?: number | undefined;
  /** The first Step at or after each multiple of this many updates stays. */
  readonly keepEvery?: Update | undefined;
  /** Steps saved at most this long before the run's newest checkpoint stay. */
  readonly keepWithinSeconds?: Seconds | undefined;
  /** How long what lies off the lineage stays after it was left behind; undefined = {@link defaultAbandonedSeconds}. */
  readonly keepAbandonedSeconds?: Seconds | undefined;
  /** Younger Steps stay, by the store's clock. */
  readonly minAgeSeconds: Seconds;
}

export interface RetentionRules extends KeepRules {
  /** What replaces the keep rules once the run has Succeeded. */
  readonly onCompletion?: KeepRules | undefined;
  /** The run's own ceiling on everything it keeps, in bytes. It takes Steps only. */
  readonly maxBytes?: Bytes | undefined;
}

/** A checkpoint that a person wants to keep. */
export interface Pin {
  readonly update: Update;
  /** The attempt that saved it; 0 = the lineage's. */
  readonly attempt: number;
  /** By the store's clock; undefined = until it is removed. */
  readonly until: Instant | undefined;
  /** Why, for people. */
  readonly reason?: string | undefined;
}

/** True until its time is over. */
export const isInForce = ({ until }: Pick<Pin, 'until'>, storeTime: Instant): boolean =>
  until === undefined || storeTime < until;

/** A second Last is always kept until the run has Succeeded, in case the newest turns out bad. */
export const leastModelLast = 2;

export const defaultMinAgeSeconds: Seconds = 3600;

const defaultAbandonedSeconds: Seconds = 7 * 86_400;

/** The keep rules as they hold now. */
export interface RulesInForce extends KeepRules {
  readonly keepModelLast: number;
  readonly keepAbandonedSeconds: Seconds;
  /** True when no rule speaks of the Steps of the lineage: then all of them stay. */
  readonly keepsEveryStep: boolean;
  /** True when no rule speaks of abandoned ones either: then their Steps stay, too. */
  readonly keepsAbandonedSteps: boolean;
}

/** The rules of a run, or of one that declares nothing, completed with the defaults. */
export function rulesInForce(declared: RetentionRules | undefined, succeeded: boolean): RulesInForce {
  const completed = succeeded ? declared?.onCompletion : undefined;
  const rules: KeepRules = completed ?? declared ?? { minAgeSeconds: 0 };
  const keepsEveryStep = [rules.keepNewest, rules.keepEvery, rules.keepWithinSeconds].every(
    (rule) => rule === undefined,
  );
  const least = completed === undefined ? leastModelLast : 0;
  return {
    ...rules,
    keepModelLast: Math.max(least, rules.keepModelLast ?? 0),
    keepAbandonedSeconds: rules.keepAbandonedSeconds ?? defaultAbandonedSeconds,
    keepsEveryStep,
    keepsAbandonedSteps: keepsEveryStep && rules.keepAbandonedSeconds === undefined,
  };
}
