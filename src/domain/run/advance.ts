// How far a trainer is seen to be, and since when: its log and its sync agent each tell a part, and neither tells more than is true.
import { parseTime } from '../time.ts';
import type { Instant, Update } from '../units.ts';
import type { TrainerSight } from './trainer-sight.ts';
import type { Progress } from './status.ts';

/** The furthest of what is known. */
export function furthest(...updates: readonly (Update | null | undefined)[]): Update | undefined {
  const known = updates.filter((update) => update !== undefined && update !== null);
  return known.length === 0 ? undefined : Math.max(...known);
}

export interface Advance {
  readonly update: Update | undefined;
  readonly seenAt: Instant;
  /** The look before this one; undefined for the first after a start of the operator. */
  readonly before: TrainerSight | undefined;
  /** What status says, which outlives the operator. */
  readonly told: Progress | undefined;
}

/** When the update was seen first: never earlier than it was made. */
export function advancedAt({ update, seenAt, before, told }: Advance): Instant | undefined {
  if (update === undefined) return undefined;
  if (before !== undefined) return before.update === update ? (before.advancedAt ?? seenAt) : seenAt;
  return told?.update === update ? earlier(seenAt, told.advancedAt) : seenAt;
}

function earlier(seenAt: Instant, told: string | undefined): Instant {
  const at = told === undefined ? undefined : parseTime(told);
  return at === undefined ? seenAt : Math.min(seenAt, at);
}
