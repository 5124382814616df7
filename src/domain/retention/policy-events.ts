// What is told of a policy in Events: what a person should hear of, once for each time that it comes about.
import { stableWords } from '../wording.ts';
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

function wasTold(before: PolicyStatus | undefined, { type, reason, message }: PolicyCondition): boolean {
  const known = before?.conditions.find((condition) => condition.type === type);
  if (known?.reason !== reason) return false;
  switch (reason) {
    // Another set that waits for a word is another question.
    case 'TooMuchAtOnce':
      return known.message === message;
    // Whoever corrects one mistake hears of the next.
    case 'Invalid':
      return stableWords(known.message) === stableWords(message);
    // The others name runs, which come and go.
    default:
      return true;
  }
}
