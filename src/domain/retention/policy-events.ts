// What is told of a policy in Events: what a person should hear of, once for each time that it comes about.
import type { PolicyCondition, PolicyStatus } from './policy-status.ts';

export interface PolicyEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** By the reasons of conditions: how grave it is. What is not here is told by status alone. */
const told: Readonly<Record<string, PolicyEvent['type']>> = {
  Invalid: 'Warning',
  Conflict: 'Warning',
  CapacityUnsatisfiable: 'Warning',
  TooMuchAtOnce: 'Warning',
  HeldByLock: 'Warning',
  Evicting: 'Normal',
};

/** An Event says of what it speaks, among those of everything else. */
const eventReasons: Readonly<Record<string, string>> = {
  TooMuchAtOnce: 'ApprovalNeeded',
  HeldByLock: 'LockedObjects',
  Evicting: 'CapacityExceeded',
};

/** The Events of this change of status. */
export const policyEvents = (before: PolicyStatus | undefined, after: PolicyStatus): readonly PolicyEvent[] =>
  after.conditions.flatMap((condition) => {
    const { reason, message } = condition;
    const type = told[reason];
    if (type === undefined || wasTold(before, condition)) return [];
    return [{ type, reason: eventReasons[reason] ?? reason, message }];
  });

// Another set that waits for a word is another question.
function wasTold(before: PolicyStatus | undefined, { type, reason, message }: PolicyCondition): boolean {
  const known = before?.conditions.find((condition) => condition.type === type);
  return known?.reason === reason && (reason !== 'TooMuchAtOnce' || known.message === message);
}
