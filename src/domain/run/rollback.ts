// What spec.rollback still asks for: an id that no attempt.json tells of. Whoever wants to know what was done reads the bucket.
import { isCarriedOut, planRollback, type Rollback, type RollbackPlan } from '../bucket/rollback.ts';
import type { Snapshot } from './facts.ts';
import type { LedgerEntry } from './status.ts';

type Asked = Pick<Snapshot, 'run' | 'bucket'>;

/** The rollback nobody has carried out yet; undefined also while the bucket cannot be read. */
export function pendingRollback({ run, bucket }: Asked): Rollback | undefined {
  const { rollback } = run.spec;
  if (rollback === undefined || bucket.kind === 'Unreadable') return undefined;
  return isCarriedOut(rollback.id, bucket.facts.origins) ? undefined : rollback;
}

/** What the pending rollback goes back to, or why it cannot; undefined when none is pending. */
export function pendingPlan(asked: Asked): RollbackPlan | undefined {
  const rollback = pendingRollback(asked);
  if (rollback === undefined || asked.bucket.kind === 'Unreadable') return undefined;
  const { inventory, origins } = asked.bucket.facts;
  return planRollback({ rollback, inventory, origins });
}

/** True when a rollback is pending that can be done and that this attempt was not made for. */
export const isRollbackDue = (asked: Asked, newest: LedgerEntry): boolean =>
  isNewlyAsked(asked, newest) && pendingPlan(asked)?.kind !== 'Stop';

/** True when a rollback is pending that this attempt was not made for. */
export function isNewlyAsked(asked: Asked, newest: LedgerEntry): boolean {
  const rollback = pendingRollback(asked);
  return rollback !== undefined && rollback.id !== newest.rollback;
}

/** Why the pending rollback cannot be done, with the cure; undefined when it can, or none is pending. */
export function rollbackTrouble(asked: Asked): string | undefined {
  const plan = pendingPlan(asked);
  return plan?.kind === 'Stop' ? plan.message : undefined;
}
