// The manifest of an Event. It is named after what it says, so that what is told again after a crash is told once.
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { formatMicroTime, formatTime } from '../../domain/time.ts';
import type { Instant } from '../../domain/units.ts';
import type { Manifest } from '../../ports/cluster.ts';
import { coreEvents } from '../../ports/kinds.ts';

export interface Told {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    /** Absent for what has no namespace. */
    readonly namespace?: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** What it is known by beside its reason; absent = the message. */
  readonly topic?: string | undefined;
  /** What the operator was doing: one word. */
  readonly action: string;
}

/** The API server's limit on an Event's message. */
const longestMessage = 1024;
const reporter = 'reprise.dev/operator';

/** The Event to create in the namespace of what it is about. */
export function eventManifest(told: Told, at: Instant): Manifest {
  const { regarding, type, reason, message, topic = message, action } = told;
  // Where an Event about what has no namespace must lie.
  const { name, namespace = 'default', uid } = regarding;
  return {
    apiVersion: coreEvents.version,
    kind: coreEvents.kind,
    metadata: { name: `${name}.${fingerprintOf([uid, reason, topic])}`, namespace },
    involvedObject: regarding,
    type,
    reason,
    action,
    message: message.slice(0, longestMessage),
    source: { component: reporter },
    reportingComponent: reporter,
    reportingInstance: 'reprise-operator',
    eventTime: formatMicroTime(at),
    // kubectl describe sorts by the last time alone: without it, Events stand in no order.
    firstTimestamp: formatTime(at),
    lastTimestamp: formatTime(at),
    count: 1,
  };
}
