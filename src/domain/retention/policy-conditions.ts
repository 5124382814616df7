// What is told of a policy: whether it is obeyed, whether its capacity is kept, what waits for a person, each with what to do about it.
import { formatBytes } from '../size.ts';
import type { CapacityReport } from './capacity.ts';
import type { PolicyFindings, SelectedRun } from './policy-findings.ts';
import type { RunName } from './policy.ts';
import type { PolicyCondition } from './policy-status.ts';

/** A condition before anybody knows since when it holds. */
export type PolicyVerdict = Pick<PolicyCondition, 'type' | 'status' | 'reason' | 'message'>;

/** How many runs a message names. */
const named = 5;

/** The conditions, in their fixed order. */
export function policyConditions(findings: PolicyFindings): readonly PolicyVerdict[] {
  const { policy } = findings;
  if (policy.mode === 'Off') return [readyOf(findings)];
  const capacity = policy.capacity === undefined ? [] : [capacityOf(findings)];
  return [readyOf(findings), ...capacity, approvalOf(findings), locksOf(findings)];
}

/** Of a policy that this operator does not understand. */
export const notUnderstood = (why: string): PolicyVerdict => ({
  type: 'Ready',
  status: 'False',
  reason: 'Invalid',
  message: `This operator does not understand the policy, so nothing is deleted of any run that it may select: ${why.replace(/\.$/, '')}. Correct it and apply it anew; if a newer operator wrote it, upgrade this one.`,
});

function readyOf({ policy, runs }: PolicyFindings): PolicyVerdict {
  const type = 'Ready';
  if (policy.mode === 'Off')
    return {
      type,
      status: 'True',
      reason: 'Off',
      message: 'The policy is Off, which is as if there were none.',
    };
  const contested = policy.defaults !== undefined || policy.capacity !== undefined;
  const refused = contested ? runs.filter(({ stop }) => stop?.reason === 'PolicyConflict') : [];
  const [first] = refused;
  if (first !== undefined)
    return {
      type,
      status: 'False',
      reason: 'Conflict',
      message: `Nothing is deleted of ${names(refused.map(({ name }) => name))}: ${first.stop?.why ?? ''}.`,
    };
  if (policy.mode === 'Audit')
    return {
      type,
      status: 'True',
      reason: 'Audited',
      message:
        'What the policy would delete is told in status.audit, and nothing is deleted for it. To have it obeyed set spec.mode to Enforce.',
    };
  return { type, status: 'True', reason: 'Enforced', message: 'The policy is obeyed.' };
}

function capacityOf({ capacity, uncounted, policy }: PolicyFindings): PolicyVerdict {
  const type = 'CapacitySatisfied';
  const [first] = uncounted;
  if (first !== undefined)
    return {
      type,
      status: 'Unknown',
      reason: 'NotCounted',
      message: `Nothing is taken for spec.capacity, because ${names(uncounted.map(({ name }) => name))} cannot be counted: ${first.unknown?.replace(/\.$/, '') ?? 'the labels of its namespace are not known'}. If that lasts, cure it, or select other runs.`,
    };
  if (capacity === undefined)
    return { type, status: 'Unknown', reason: 'NotCounted', message: 'The runs were not counted yet.' };
  const would = policy.mode === 'Audit' ? 'would be' : 'are';
  if (!capacity.satisfied) return { type, status: 'False', ...unsatisfiable(capacity) };
  if (capacity.evicted > 0)
    return {
      type,
      status: 'True',
      reason: 'Evicting',
      message: `Checkpoints that rules would keep ${would} taken until no more than ${formatBytes(lowOf(policy.capacity))} are left, ${policy.capacity?.lowThresholdPercent}% of ${formatBytes(capacity.bytes)}. To keep one pin it, or raise spec.capacity.bytes.`,
    };
  return {
    type,
    status: 'True',
    reason: 'WithinCapacity',
    message: `What the rules leave of the selected runs has room in ${formatBytes(capacity.bytes)}.`,
  };
}

const lowOf = (capacity: PolicyFindings['policy']['capacity']): number =>
  ((capacity?.bytes ?? 0) * (capacity?.lowThresholdPercent ?? 0)) / 100;

function unsatisfiable({ bytes, left, blocking }: CapacityReport): Pick<PolicyVerdict, 'reason' | 'message'> {
  const most = blocking
    .slice(0, named)
    .map(({ name, bytes: held, why }) => `${nameOf(name)} (${formatBytes(held)}: ${why.join(', ')})`);
  const more = blocking.length > named ? ' and others' : '';
  return {
    reason: 'CapacityUnsatisfiable',
    message: `${formatBytes(left)} stay, more than spec.capacity allows of ${formatBytes(bytes)}, however many others go. Most of it is held by ${most.join('; ')}${more}. Raise spec.capacity.bytes, remove pins, lower floors, or delete runs.`,
  };
}

function approvalOf(findings: PolicyFindings): PolicyVerdict {
  const type = 'ApprovalNeeded';
  const { runs, orphans, orphansDigest, policy } = findings;
  const waiting = runs.filter((run) => run.waiting > 0);
  const gone = orphans.filter((orphan) => orphan.waiting > 0);
  if (waiting.length + gone.length === 0)
    return { type, status: 'False', reason: 'NothingWaits', message: 'Nothing waits for approval.' };
  const ofRuns =
    waiting.length === 0
      ? []
      : [
          `Of ${names(waiting.map(({ name }) => name))} more checkpoints are newly condemned at once than approveAbove allows. Look at them (kubectl reprise plan RUN), then agree run by run: kubectl reprise approve RUN.`,
        ];
  const ofOrphans =
    gone.length === 0
      ? []
      : [
          `What ${names(gone.map(({ name }) => name))} left is more than approveAbove lets go at once. Look at it and agree: kubectl reprise approve --policy ${policy.name}, which annotates this policy with reprise.dev/approve=${orphansDigest ?? ''}. To keep it pin it, or leave spec.orphans away.`,
        ];
  return { type, status: 'True', reason: 'TooMuchAtOnce', message: [...ofRuns, ...ofOrphans].join(' ') };
}

function locksOf({ runs, orphans }: PolicyFindings): PolicyVerdict {
  const type = 'LockedObjects';
  const held = [...runs, ...orphans].filter(({ heldByLock }) => heldByLock > 0);
  if (held.length === 0)
    return {
      type,
      status: 'False',
      reason: 'NothingLocked',
      message: 'No object lock keeps what is condemned.',
    };
  const count = held.reduce((sum, { heldByLock }) => sum + heldByLock, 0);
  return {
    type,
    status: 'True',
    reason: 'HeldByLock',
    message: `${count} condemned checkpoints stay, because an object lock of the bucket keeps them: of ${names(held.map(({ name }) => name))}. They are asked for again every hour, and go once the lock ends or is lifted.`,
  };
}

const nameOf = ({ namespace, run }: RunName): string => `${namespace}/${run}`;

/** `voice/zh, voice/en and 3 more` */
function names(all: readonly SelectedRun['name'][]): string {
  const told = all.map(nameOf).toSorted().slice(0, named).join(', ');
  return all.length > named ? `${told} and ${all.length - named} more` : told;
}
