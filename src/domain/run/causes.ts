// Why an attempt ended, and what that does to the run. One row a cause; nothing else knows which ends count as failures.

/**
 * Success ends the run well, Fatal ends it badly. Disruption and Failure start another attempt; only Failure spends
 * budget. Free costs nothing. Person waits until somebody changes something.
 */
export type Effect = 'Success' | 'Fatal' | 'Disruption' | 'Failure' | 'Free' | 'Person';

/** Every cause an attempt can end with. */
export const causes = [
  'Succeeded',
  'NothingSaved',
  'Suspended',
  'Replaced',
  'RolledBack',
  'Hung',
  'DeadlineExceeded',
  'Evicted',
  'Preempted',
  'NodeShutdown',
  'PodDeleted',
  'NodeLost',
  'Disrupted',
  'NodeRestarted',
  'Unflushed',
  'OutOfMemory',
  'ScratchFull',
  'TrainerFailed',
  'TrainerNotStarted',
  'RestoreStopped',
  'StoreUnavailable',
  'AgentFailed',
  'NumberGivenUp',
] as const;

export type Cause = (typeof causes)[number];

const effects: Readonly<Record<Cause, Effect>> = {
  Succeeded: 'Success',
  NothingSaved: 'Fatal',
  Suspended: 'Free',
  Replaced: 'Free',
  RolledBack: 'Free',
  Hung: 'Failure',
  DeadlineExceeded: 'Fatal',
  Evicted: 'Disruption',
  Preempted: 'Disruption',
  NodeShutdown: 'Disruption',
  PodDeleted: 'Disruption',
  NodeLost: 'Disruption',
  Disrupted: 'Disruption',
  NodeRestarted: 'Disruption',
  Unflushed: 'Disruption',
  OutOfMemory: 'Failure',
  ScratchFull: 'Failure',
  TrainerFailed: 'Failure',
  TrainerNotStarted: 'Person',
  RestoreStopped: 'Person',
  StoreUnavailable: 'Free',
  AgentFailed: 'Free',
  NumberGivenUp: 'Free',
};

/** Free, and yet something of ours, or the store, did not do what it should. */
const troubles: ReadonlySet<Cause> = new Set(['StoreUnavailable', 'AgentFailed']);

/** The type of the Event that tells of such an end: Warning where somebody may have to mend something. */
export function eventTypeOf(cause: Cause): 'Normal' | 'Warning' {
  const isFine = ['Success', 'Free', 'Disruption'].includes(effectOf(cause)) && !troubles.has(cause);
  return isFine ? 'Normal' : 'Warning';
}

/** What a cause does to the run. */
export const effectOf = (cause: Cause): Effect => effects[cause];
