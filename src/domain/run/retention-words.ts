// What is told of a run's retention: its condition, and what status says of it.
import type { Checkpoint, RunInventory } from '../bucket/inventory.ts';
import type { Amount } from '../retention/policy-status.ts';
import { formatTime } from '../time.ts';
import type { RetentionFacts } from './retention-facts.ts';
import type { RetentionStatus, RunCondition } from './status.ts';

type Verdict = Pick<RunCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The condition RetentionApplied. */
export function retentionCondition(facts: RetentionFacts, run: string): Verdict {
  const type = 'RetentionApplied';
  const { condemnedKeys, notes } = facts;
  const hindrance = hindranceOf(facts, run);
  if (hindrance !== undefined) return { type, status: 'False', ...hindrance };
  if (condemnedKeys.size === 0) {
    const message = ['Every checkpoint in the bucket is kept by a rule.', ...notes].join(' ');
    return { type, status: 'True', reason: 'NothingToDelete', message };
  }
  const message = ['Checkpoints that no rule keeps are deleted after the grace time.', ...notes].join(' ');
  return { type, status: 'False', reason: 'Condemned', message };
}

/** Why what is condemned does not go by itself. */
function hindranceOf(
  { stopped, refused, waiting, heldByLock }: RetentionFacts,
  run: string,
): Pick<Verdict, 'reason' | 'message'> | undefined {
  if (stopped !== undefined)
    return { reason: stopped.reason, message: `Nothing is deleted: ${stopped.why.replace(/\.$/, '')}.` };
  if (refused !== undefined)
    return {
      reason: 'DeleteRefused',
      message: `Checkpoints that no rule keeps stay, because the store does not delete them: ${refused.replace(/\.$/, '')}. It is asked again.`,
    };
  if (waiting !== undefined)
    return {
      reason: 'ApprovalNeeded',
      message: `${waiting.keys.size} checkpoints are newly condemned at once, more than approveAbove allows, and stay until somebody agrees: look at the verdicts (kubectl reprise plan ${run}), then kubectl reprise approve ${run}, which annotates the run with reprise.dev/approve: "${waiting.digest}". To keep them change the rules, or pin them.`,
    };
  if (heldByLock > 0)
    return {
      reason: 'LockedObjects',
      message: `${heldByLock} checkpoints that no rule keeps stay, because an object lock of the bucket keeps them. They are asked for again every hour, and go once the lock ends or is lifted.`,
    };
  return undefined;
}

/** What status says of what stays and what goes. */
export function retentionStatus(facts: RetentionFacts, { attempts }: RunInventory): RetentionStatus {
  const all = attempts.flatMap(({ checkpoints }) => checkpoints);
  const { condemnedKeys, auditedKeys, waiting, nextDeletionAt, policies, graceSeconds } = facts;
  return {
    ...(policies.length === 0 ? {} : { policies: policies.slice(0, mostPolicies) }),
    ...(graceSeconds === undefined ? {} : { graceSeconds }),
    kept: amountOf(all.filter(({ key }) => !condemnedKeys.has(key))),
    condemned: amountOf(all.filter(({ key }) => condemnedKeys.has(key))),
    ...(auditedKeys.size === 0 ? {} : { audit: amountOf(all.filter(({ key }) => auditedKeys.has(key))) }),
    ...(waiting === undefined
      ? {}
      : {
          approval: {
            digest: waiting.digest,
            ...amountOf(all.filter(({ key }) => waiting.keys.has(key))),
          },
        }),
    ...(nextDeletionAt === undefined ? {} : { nextDeletionTime: formatTime(nextDeletionAt) }),
  };
}

/** How many policies status names. */
export const mostPolicies = 16;

const amountOf = (checkpoints: readonly Pick<Checkpoint, 'sizeBytes'>[]): Amount => ({
  checkpoints: checkpoints.length,
  bytes: checkpoints.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
});
