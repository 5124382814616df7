// The way from the interruption of one attempt to the first update of the next, cut into parts that touch and never overlap, so
// that their sum is the whole. Each ends with a sign that somebody else wrote: the API server, the scheduler, kubelet, the trainer.
import type { Instant, Seconds } from '../units.ts';

/**
 * In the order they follow each other; absent where one of its ends is unknown. Creation, deletion, scheduling and the starts of
 * containers are told in whole seconds (Kubernetes API, Time), so a part of n took more than n-1 and less than n+1 seconds;
 * so does their sum.
 */
export const segmentNames = [
  'create',
  'schedule',
  'pull',
  'flush',
  'restore',
  'start',
  'firstUpdate',
] as const;

export type SegmentName = (typeof segmentNames)[number];

export type Segments = { readonly [name in SegmentName]?: Seconds | undefined };

/** When each part was over, in milliseconds; undefined where unknown. */
export interface Milestones {
  /** When the attempt before was interrupted; undefined when this start recovers from nothing. */
  readonly interrupted: Instant | undefined;
  readonly created: Instant | undefined;
  readonly scheduled: Instant | undefined;
  /** When restore began to run. */
  readonly pulled: Instant | undefined;
  readonly restored: Instant | undefined;
  /** Of the time restore took, how long it waited for the flush of the attempt before. */
  readonly waitedSeconds: Seconds | undefined;
  /** When the trainer's container began to run. */
  readonly started: Instant | undefined;
  readonly firstUpdate: Instant | undefined;
}

/** The parts that are known. Clocks of several machines may disagree: then a part is 0, never negative. */
export function segmentsOf(at: Milestones): Segments {
  const walk = new Walk(at.interrupted);
  const create = walk.to(at.created);
  const schedule = walk.to(at.scheduled);
  const pull = walk.to(at.pulled);
  const restoring = walk.to(at.restored);
  const start = walk.to(at.started);
  const firstUpdate = walk.to(at.firstUpdate);
  return known({ create, schedule, pull, ...split(restoring, at.waitedSeconds), start, firstUpdate });
}

function split(
  restoring: Seconds | undefined,
  waited: Seconds | undefined,
): Pick<Segments, 'flush' | 'restore'> {
  if (restoring === undefined || waited === undefined) return {};
  const flush = Math.min(restoring, Math.round(waited));
  return { flush, restore: restoring - flush };
}

/** From one milestone to the next, in whole seconds, as Kubernetes writes times. */
class Walk {
  #at: Seconds | undefined;

  constructor(from: Instant | undefined) {
    this.#at = wholeSeconds(from);
  }

  /** How long it took from the last milestone; undefined when either is unknown. */
  to(milestone: Instant | undefined): Seconds | undefined {
    const from = this.#at;
    const to = wholeSeconds(milestone);
    this.#at = from === undefined || to === undefined ? to : Math.max(from, to);
    return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
  }
}

const wholeSeconds = (at: Instant | undefined): Seconds | undefined =>
  at === undefined ? undefined : Math.floor(at / 1000);

const known = (segments: Segments): Segments =>
  Object.fromEntries(Object.entries(segments).filter(([, seconds]) => seconds !== undefined));
