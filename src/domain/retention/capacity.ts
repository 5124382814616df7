// A policy's capacity over all the runs that it selects: once more than the high share of it is kept, orphans go, then Steps of
// the run furthest above `defaults`, those of Failed runs before those of Succeeded ones before those of runs that go on, until
// the low share is reached. What structure, a pin or a floor keeps never goes for it: then it cannot be satisfied, and that is said.
import type { Bytes } from '../units.ts';
import { holdingOf } from './ceilings.ts';
import type { Draft } from './draft.ts';
import { Heap } from './heap.ts';
import { markKeeps } from './keeps.ts';
import { mark, type Marked } from './locks.ts';
import type { OrphanDraft } from './orphans.ts';
import type { Capacity, RunName } from './policy.ts';
import { floorMarks, keepMarks, lockMarks, marksOf, type Reason, verdictOf, reasonsIn } from './reasons.ts';
import { type RetentionRules, rulesInForce } from './rules.ts';
import { makeThinning, type Thinning } from './thinning.ts';

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
  readonly blocking: readonly {
    readonly name: RunName;
    readonly bytes: Bytes;
    readonly why: readonly string[];
  }[];
}

const capacityMark = marksOf('Capacity');

/** Marks what has to go for the capacity and says how far that goes. */
export function evictForCapacity(question: CapacityQuestion): CapacityReport {
  const { capacity, policy, isUnderWay } = question;
  const { bytes } = capacity;
  const wanted = wantedBytes(question);
  const high = (bytes * capacity.highThresholdPercent) / 100;
  const low = (bytes * capacity.lowThresholdPercent) / 100;
  if (wanted <= (isUnderWay ? low : high))
    return { policy, bytes, wanted, left: wanted, evicted: 0, satisfied: true, blocking: [] };
  const afterOrphans = evictOrphans(question.orphans, { left: wanted, evicted: 0 }, low);
  const { left, evicted } = evictSteps(question.runs, afterOrphans, low);
  const satisfied = left <= low;
  return { policy, bytes, wanted, left, evicted, satisfied, blocking: satisfied ? [] : blockingOf(question) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const wantedBytes = ({ runs, stopped, orphans }: CapacityQuestion): Bytes =>
  sum([
    ...runs.map(({ draft }) => holdingOf(draft).bytes),
    ...stopped.map(({ bytes }) => bytes),
    ...orphans.map((orphan) => holdingOf(orphan).bytes),
  ]);

interface Progress {
  readonly left: Bytes;
  readonly evicted: number;
}

/** Whole orphans, those gone longest first, as far as their rule lets them go at all. */
function evictOrphans(orphans: readonly OrphanDraft[], { left, evicted }: Progress, low: Bytes): Progress {
  let progress = { left, evicted };
  const mayGo = orphans.filter(({ mayBeEvicted }) => mayBeEvicted);
  for (const orphan of mayGo.toSorted(goneLongestFirst)) {
    if (progress.left <= low) break;
    const before = holdingOf(orphan);
    orphan.marks.forEach((_, at) => mark(orphan, at, capacityMark));
    const after = holdingOf(orphan);
    progress = {
      left: progress.left - before.bytes + after.bytes,
      evicted: progress.evicted + before.count - after.count,
    };
  }
  return progress;
}

const goneLongestFirst = (a: OrphanDraft, b: OrphanDraft): number =>
  (a.goneSince ?? Infinity) - (b.goneSince ?? Infinity) || (a.prefix < b.prefix ? -1 : 1);

interface Donor {
  readonly run: CapacityRun;
  /** Made when its turn comes: of most it never does. */
  thinning: Thinning | undefined;
  readonly turn: number;
  readonly place: string;
  /** How many bytes it holds beyond what `defaults` would keep. */
  above: Bytes;
}

function evictSteps(runs: readonly CapacityRun[], { left, evicted }: Progress, low: Bytes): Progress {
  let progress = { left, evicted };
  if (progress.left <= low) return progress;
  const donors = new Heap<Donor>(
    (a, b) => a.turn - b.turn || b.above - a.above || (a.place < b.place ? -1 : 1),
  );
  for (const run of runs) donors.push(donorOf(run));
  for (let donor = donors.pop(); donor !== undefined && progress.left > low; donor = donors.pop()) {
    const { run } = donor;
    donor.thinning ??= makeThinning(run.draft);
    const at = donor.thinning.next();
    if (at === undefined) continue;
    mark(run.draft, at, capacityMark);
    const { sizeBytes = 0 } = run.draft.standing.order[at] ?? {};
    donor.above -= sizeBytes;
    progress = { left: progress.left - sizeBytes, evicted: progress.evicted + 1 };
    donors.push(donor);
  }
  return progress;
}

const turns: Readonly<Record<string, number>> = { Failed: 0, Succeeded: 1 };

const donorOf = (run: CapacityRun): Donor => ({
  run,
  thinning: undefined,
  turn: turns[run.phase] ?? 2,
  place: `${run.name.namespace}/${run.name.run}`,
  above: bytesAboveDefaults(run),
});

function bytesAboveDefaults({ draft, defaults }: CapacityRun): Bytes {
  const byDefault = keptByDefaults(draft, defaults);
  const above = draft.standing.order.map(({ sizeBytes }, at) => {
    const marks = draft.marks[at] ?? 0;
    const isOwed = (marks & (lockMarks | floorMarks)) !== 0 || ((byDefault[at] ?? 0) & keepMarks) !== 0;
    return isOwed || verdictOf(marks) === 'Condemned' ? 0 : sizeBytes;
  });
  return sum(above);
}

function keptByDefaults(draft: Draft, defaults: RetentionRules | undefined): readonly number[] {
  const bad = marksOf('FoundBad');
  const marked: Marked = { standing: draft.standing, marks: draft.marks.map((marks) => marks & bad) };
  if (defaults !== undefined)
    markKeeps(marked, rulesInForce(defaults, draft.question.succeeded), draft.storeTime);
  return marked.marks;
}

/** How many blocking runs a report names. */
const named = 20;

function blockingOf({ runs, stopped, orphans }: CapacityQuestion): CapacityReport['blocking'] {
  const all = [
    ...runs.map(({ name, draft }) => ({ name, bytes: holdingOf(draft).bytes, why: reasonsHolding(draft) })),
    ...stopped.map(({ name, bytes, why }) => ({ name, bytes, why: [why] })),
    ...orphans.map((orphan) => ({
      name: orphan.name,
      bytes: holdingOf(orphan).bytes,
      why: reasonsHolding(orphan),
    })),
  ];
  return all
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes || (a.name.run < b.name.run ? -1 : 1))
    .slice(0, named);
}

/** Every reason that holds something here, each once. */
function reasonsHolding({ marks }: Marked): readonly Reason[] {
  const held = marks.filter((one) => verdictOf(one) !== 'Condemned');
  return reasonsIn(held.reduce((all, one) => all | (one & (lockMarks | floorMarks | keepMarks)), 0));
}
