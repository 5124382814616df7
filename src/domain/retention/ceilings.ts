// The limits on what a run keeps: they beat keep rules, never a floor, a pin or structure. Age condemns by itself; of too many
// checkpoints or bytes, Steps are thinned out until it fits or nothing is left that may go.
import type { Bytes, Instant, Seconds } from '../units.ts';
import { mark, type Marked } from './locks.ts';
import { type Marks, marksOf, verdictOf } from './reasons.ts';
import { makeThinning } from './thinning.ts';

export interface Ceiling {
  readonly maxAgeSeconds?: Seconds | undefined;
  readonly maxCheckpoints?: number | undefined;
  readonly maxBytes?: Bytes | undefined;
  /** How many pins a run should have. Pins beat ceilings, so that more of them are told, and hold all the same. */
  readonly maxPins?: number | undefined;
}

/** A limit that cannot be kept, because what is left may not go. */
export interface Shortfall {
  readonly limit: 'MaxCheckpoints' | 'MaxBytes' | 'MaxPins';
  readonly allowed: number;
  /** What stays all the same. */
  readonly left: number;
}

/** How much a run keeps. */
export interface Holding {
  readonly count: number;
  readonly bytes: Bytes;
}

/** What the marks so far do not condemn, of either kind, abandoned or not. */
export function holdingOf({ standing, marks }: Marked): Holding {
  let count = 0;
  let bytes = 0;
  standing.order.forEach(({ sizeBytes }, at) => {
    if (verdictOf(marks[at] ?? 0) === 'Condemned') return;
    count += 1;
    bytes += sizeBytes;
  });
  return { count, bytes };
}

const maxAge = marksOf('MaxAge');
const maxCheckpoints = marksOf('MaxCheckpoints');
const maxBytes = marksOf('MaxBytes');

/** Marks what these limits take, and says which of them cannot be kept. */
export function markCeilings(marked: Marked, ceiling: Ceiling, storeTime: Instant): readonly Shortfall[] {
  markAge(marked, ceiling, storeTime);
  if (ceiling.maxCheckpoints === undefined && ceiling.maxBytes === undefined) return [];
  return markExcess(marked, ceiling);
}

function markAge({ standing, marks }: Marked, { maxAgeSeconds }: Ceiling, storeTime: Instant): void {
  if (maxAgeSeconds === undefined) return;
  const oldest = storeTime - maxAgeSeconds * 1000;
  standing.order.forEach(({ savedAt }, at) => {
    if (savedAt < oldest) marks[at] = (marks[at] ?? 0) | maxAge;
  });
}

function markExcess(marked: Marked, ceiling: Ceiling): readonly Shortfall[] {
  let { count, bytes } = holdingOf(marked);
  let exceeded = exceededBy({ count, bytes }, ceiling);
  if (exceeded === 0) return [];
  const thinning = makeThinning(marked);
  for (let at = thinning.next(); at !== undefined; at = thinning.next()) {
    mark(marked, at, exceeded);
    count -= 1;
    bytes -= marked.standing.order[at]?.sizeBytes ?? 0;
    exceeded = exceededBy({ count, bytes }, ceiling);
    if (exceeded === 0) return [];
  }
  return shortfalls({ count, bytes }, ceiling);
}

function exceededBy({ count, bytes }: Holding, ceiling: Ceiling): Marks {
  const isOverCount = count > (ceiling.maxCheckpoints ?? Infinity);
  const isOverBytes = bytes > (ceiling.maxBytes ?? Infinity);
  return (isOverCount ? maxCheckpoints : 0) | (isOverBytes ? maxBytes : 0);
}

function shortfalls({ count, bytes }: Holding, ceiling: Ceiling): readonly Shortfall[] {
  const all: readonly Shortfall[] = [
    { limit: 'MaxCheckpoints', allowed: ceiling.maxCheckpoints ?? Infinity, left: count },
    { limit: 'MaxBytes', allowed: ceiling.maxBytes ?? Infinity, left: bytes },
  ];
  return all.filter(({ allowed, left }) => left > allowed);
}
