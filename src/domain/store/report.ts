// The status of a store, computed once and written once, and only when it says something new.
import { fingerprintOf } from '../fingerprint.ts';
import type { OperatorFlags } from '../retention/settings.ts';
import { formatTime } from '../time.ts';
import type { Instant } from '../units.ts';
import { type SweptUsage, tellUsage, type ToldUsage } from './usage.ts';

export interface AvailableCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** `C` are the capabilities, which are only passed on. */
export interface StoreStatus<C> {
  readonly observedGeneration: number;
  readonly conditions: readonly AvailableCondition[];
  readonly capabilities?: C;
  readonly usage?: ToldUsage;
  /** How the operator is set. */
  readonly retention?: OperatorFlags;
}

export interface StoreFindings<C> {
  readonly now: Instant;
  readonly generation: number;
  readonly previous: StoreStatus<C> | undefined;
  readonly available: Pick<AvailableCondition, 'status' | 'reason' | 'message'>;
  /** Undefined when they were not tried: what was known stays. */
  readonly capabilities: C | undefined;
  /** Undefined while nothing was counted: what was known stays. */
  readonly usage: SweptUsage | undefined;
  readonly pricePerGiBMonth: string | undefined;
  readonly retention: OperatorFlags;
}

/** The status that these findings make; a condition keeps its time while its status stays. */
export function reportStore<C>(findings: StoreFindings<C>): StoreStatus<C> {
  const { previous, available, generation } = findings;
  const before = previous?.conditions.find(({ type }) => type === 'Available');
  const since = before?.status === available.status ? before.lastTransitionTime : formatTime(findings.now);
  const capabilities = findings.capabilities ?? previous?.capabilities;
  return {
    observedGeneration: generation,
    conditions: [
      { type: 'Available', ...available, observedGeneration: generation, lastTransitionTime: since },
    ],
    ...(capabilities === undefined ? {} : { capabilities }),
    ...usageIn(findings),
    retention: findings.retention,
  };
}

function usageIn<C>({
  usage: swept,
  previous,
  pricePerGiBMonth,
  now,
}: StoreFindings<C>): Pick<StoreStatus<C>, 'usage'> {
  const usage = swept?.usage ?? previous?.usage;
  if (usage === undefined) return {};
  const sweptAt = swept?.sweptAt;
  return { usage: tellUsage({ usage, sweptAt, previous: previous?.usage, pricePerGiBMonth, now }) };
}

/** True when the two say the same. */
export const isSameStatus = <C>(a: StoreStatus<C> | undefined, b: StoreStatus<C>): boolean =>
  fingerprintOf(a) === fingerprintOf(b);
