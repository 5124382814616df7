// A policy's capacity over all the runs that it selects: once more than the high share of it is kept, orphans go, then Steps of
// the run furthest above `defaults`, those of Failed runs before those of Succeeded ones before those of runs that go on, until
// the low share is reached. What structure, a pin or a floor keeps never goes for it: then it cannot be satisfied, and that is said.
import type { Pieces } from '../pieces.ts';
import type { Bytes } from '../units.ts';
import { holdingOf } from './ceilings.ts';
import { Donors } from './donors.ts';
import type { Draft } from './draft.ts';
import { markKeeps } from './keeps.ts';
import { mark, type Marked } from './locks.ts';
import type { OrphanDraft } from './orphans.ts';
import type { Capacity, RunName } from './policy.ts';
import { floorMarks, keepMarks, lockMarks, marksOf, type Reason, verdictOf, reasonsIn } from './reasons.ts';
import { type RetentionRules, rulesInForce } from './rules.ts';

export interface CapacityRun {
  readonly name: RunName;
  readonly phase: string;
  /** What it is measured by; undefined = what structure, pins and floors alone keep. */
  readonly defaults: RetentionRules | undefined;
  readonly draft: Draft;
}

/** What counts against the capacity and cannot be thinned out. */
export interface HeldRun {
  readonly name: RunName;
  readonly bytes: Bytes;
  readonly why: string;
}

export interface CapacityQuestion {
  readonly policy: string;
  readonly capacity: Capacity;
  readonly runs: readonly CapacityRun[];
  readonly stopped: readonly HeldRun[];
  readonly orphans: readonly OrphanDraft[];
  /** True once an eviction has begun: it goes on down to the low share. */
  readonly isUnderWay: boolean;
}

export interface CapacityReport {
  readonly policy: string;
  readonly bytes: Bytes;
  /** What the rules alone would leave, and what is left once Steps were taken for the capacity. */
  readonly wanted: Bytes;
  readonly left: Bytes;
  readonly evicted: number;
  /** False when more is left than the low share, though eviction has begun. */
  readonly satisfied: boolean;
  /** If not satisfied: what is left, the largest first, and what keeps it. */
  readonly blocking: readonly Blocking[];
}

interface Blocking {
  readonly name: RunName;
  readonly bytes: Bytes;
  readonly why: readonly string[];
}

const capacityMark = marksOf('Capacity');

/** Marks what has to go for the capacity and says how far that goes. */
export function* evictForCapacity(question: CapacityQuestion): Pieces<CapacityReport> {
  const { capacity, policy, isUnderWay } = question;
  const { bytes } = capacity;
  const wanted = yield* wantedBytes(question);
  const high = (bytes * capacity.highThresholdPercent) / 100;
  const low = (bytes * capacity.lowThresholdPercent) / 100;
  if (wanted <= (isUnderWay ? low : high))
    return { policy, bytes, wanted, left: wanted, evicted: 0, satisfied: true, blocking: [] };
  const progress: Progress = { left: wanted, evicted: 0 };
  evictOrphans(question.orphans, progress, low);
  yield;
  yield* evictSteps(question.runs, progress, low);
  const satisfied = progress.left <= low;
  const blocking = satisfied ? [] : yield* blockingOf(question);
  return { policy, bytes, wanted, ...progress, satisfied, blocking };
}

function* wantedBytes({ runs, stopped, orphans }: CapacityQuestion): Pieces<Bytes> {
  let wanted = 0;
  for (const { bytes } of stopped) wanted += bytes;
  for (const orphan of orphans) wanted += holdingOf(orphan).bytes;
  for (const { draft } of runs) {
    wanted += holdingOf(draft).bytes;
    yield;
  }
  return wanted;
}

interface Progress {
  left: Bytes;
  evicted: number;
}

/** Whole orphans, those gone longest first, as far as their rule lets them go at all. */
function evictOrphans(orphans: readonly OrphanDraft[], progress: Progress, low: Bytes): void {
  const mayGo = orphans.filter(({ mayBeEvicted }) => mayBeEvicted);
  for (const orphan of mayGo.toSorted(goneLongestFirst)) {
    if (progress.left <= low) return;
    const before = holdingOf(orphan);
    orphan.marks.forEach((_, at) => mark(orphan, at, capacityMark));
    const after = holdingOf(orphan);
    progress.left += after.bytes - before.bytes;
    progress.evicted += before.count - after.count;
  }
}

const goneLongestFirst = (a: OrphanDraft, b: OrphanDraft): number =>
  (a.goneSince ?? Infinity) - (b.goneSince ?? Infinity) || (a.prefix < b.prefix ? -1 : 1);

function* evictSteps(runs: readonly CapacityRun[], progress: Progress, low: Bytes): Pieces<void> {
  const placed = runs.map((run) => ({ run, place: placeOf(run.name) }));
  const inOrder = placed.toSorted((a, b) => (a.place < b.place ? -1 : 1)).map(({ run }) => run);
  yield;
  for (const turn of turns) {
    if (progress.left <= low) return;
    const donors = yield* donorsOf(inOrder.filter(({ phase }) => turnOf(phase) === turn));
    yield* evictFrom(donors, progress, low);
    yield* donors.mark();
  }
}

const turns = ['Failed', 'Succeeded', 'others'] as const;

const turnOf = (phase: string): (typeof turns)[number] =>
  phase === 'Failed' || phase === 'Succeeded' ? phase : 'others';

function* donorsOf(runs: readonly CapacityRun[]): Pieces<Donors> {
  const above = new Float64Array(runs.length);
  for (const [at, run] of runs.entries()) {
    above[at] = bytesAboveDefaults(run);
    yield;
  }
  return new Donors(
    runs.map(({ draft }) => draft),
    above,
  );
}

/** How many Steps are taken between two turns of others. */
const atOnce = 64;

function* evictFrom(donors: Donors, progress: Progress, low: Bytes): Pieces<void> {
  while (progress.left > low) {
    for (let count = 0; count < atOnce && progress.left > low; count += 1) {
      const bytes = donors.take();
      if (bytes === undefined) return;
      progress.left -= bytes;
      progress.evicted += 1;
    }
    yield;
  }
}

const placeOf = ({ namespace, run }: RunName): string => `${namespace}/${run}`;

function bytesAboveDefaults({ draft, defaults }: CapacityRun): Bytes {
  const { marks, standing } = draft;
  const byDefault = keptByDefaults(draft, defaults);
  let above = 0;
  for (const [at, { sizeBytes }] of standing.order.entries()) {
    const own = marks[at] ?? 0;
    const isOwed = (own & (lockMarks | floorMarks)) !== 0 || ((byDefault[at] ?? 0) & keepMarks) !== 0;
    if (!isOwed && verdictOf(own) !== 'Condemned') above += sizeBytes;
  }
  return above;
}

function keptByDefaults(draft: Draft, defaults: RetentionRules | undefined): readonly number[] {
  if (defaults === undefined) return [];
  const bad = marksOf('FoundBad');
  const marked: Marked = { standing: draft.standing, marks: draft.marks.map((marks) => marks & bad) };
  markKeeps(marked, rulesInForce(defaults, draft.question.succeeded), draft.storeTime);
  return marked.marks;
}

/** How many blocking runs a report names. */
const named = 20;

function* blockingOf({ runs, stopped, orphans }: CapacityQuestion): Pieces<CapacityReport['blocking']> {
  const all: Blocking[] = stopped.map(({ name, bytes, why }) => ({ name, bytes, why: [why] }));
  for (const orphan of orphans) all.push(blockingBy(orphan.name, orphan));
  for (const { name, draft } of runs) {
    all.push(blockingBy(name, draft));
    yield;
  }
  return all
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes || (placeOf(a.name) < placeOf(b.name) ? -1 : 1))
    .slice(0, named);
}

const blockingBy = (name: RunName, draft: Marked): Blocking => ({
  name,
  bytes: holdingOf(draft).bytes,
  why: reasonsHolding(draft),
});

/** Every reason that holds something here, each once. */
function reasonsHolding({ marks }: Marked): readonly Reason[] {
  const held = marks.filter((one) => verdictOf(one) !== 'Condemned');
  return reasonsIn(held.reduce((all, one) => all | (one & (lockMarks | floorMarks | keepMarks)), 0));
}
