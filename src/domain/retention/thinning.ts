// In which order a run gives up Steps when it holds too much: first what was left behind, oldest first, then along the lineage
// always the one whose loss leaves the smallest gap, the older of two alike. Never the newest, and nothing that a floor,
// structure or a pin keeps.
import { Heap } from './heap.ts';
import { isMarked, type Marked } from './locks.ts';
import { floorMarks, lockMarks, verdictOf } from './reasons.ts';

/** Takes one Step after the other; it does not mark them. */
export interface Thinning {
  /** The place of the next Step to go; undefined when none may. */
  readonly next: () => number | undefined;
}

/** The thinning of what the marks so far do not condemn. */
export function makeThinning(marked: Marked): Thinning {
  const chain = new Chain(marked);
  const abandoned = takeable(marked, marked.standing.onLineage, marked.standing.order.length);
  return { next: () => abandoned.pop() ?? chain.next() };
}

/** The places of all Steps that may go, in the order in which they do. */
export function thinningOrder(marked: Marked): readonly number[] {
  const { next } = makeThinning(marked);
  const places: number[] = [];
  for (let at = next(); at !== undefined; at = next()) places.push(at);
  return places;
}

/** The places of the Steps from here to there that may go. */
function takeable(marked: Marked, from: number, to: number): number[] {
  const places: number[] = [];
  for (let at = from; at < to; at += 1) if (mayGo(marked, at) && stays(marked, at)) places.push(at);
  return places;
}

const stays = ({ standing, marks }: Marked, at: number): boolean =>
  standing.order[at]?.kind === 'Step' && verdictOf(marks[at] ?? 0) !== 'Condemned';

const mayGo = (marked: Marked, at: number): boolean => !isMarked(marked, at, lockMarks | floorMarks);

/** In the place of a neighbour: there is none. */
const none = -1;

/** The Steps of the lineage that are left, each with its neighbours, by place. */
class Chain {
  readonly #marked: Marked;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  /** By place: how far apart its neighbours were when it was last put into the queue. */
  readonly #gaps: number[] = [];
  #queue: Heap<number>;

  constructor(marked: Marked) {
    this.#marked = marked;
    const { onLineage } = marked.standing;
    this.#older = new Int32Array(onLineage).fill(none);
    this.#newer = new Int32Array(onLineage).fill(none);
    let newer = none;
    const candidates: number[] = [];
    for (let at = 0; at < onLineage; at += 1) {
      this.#gaps.push(0);
      if (!stays(marked, at)) continue;
      this.#link(at, newer);
      // The newest has no newer neighbour, and never goes.
      if (newer !== none && mayGo(marked, at)) candidates.push(at);
      newer = at;
    }
    this.#queue = this.#queued(candidates);
  }

  next(): number | undefined {
    for (let at = this.#queue.first; at !== undefined; at = this.#queue.first) {
      const gap = this.#gap(at);
      if (gap === this.#gaps[at]) {
        this.#queue.pop();
        this.#unlink(at);
        return at;
      }
      // A loss beside it has widened its gap since: it waits in its new place.
      this.#gaps[at] = gap;
      this.#queue.settleFirst();
    }
    return undefined;
  }

  #queued(candidates: readonly number[]): Heap<number> {
    const gaps = this.#gaps;
    for (const at of candidates) gaps[at] = this.#gap(at);
    return new Heap((a, b) => (gaps[a] ?? 0) - (gaps[b] ?? 0) || b - a, candidates);
  }

  #link(older: number, newer: number): void {
    if (older !== none) this.#newer[older] = newer;
    if (newer !== none) this.#older[newer] = older;
  }

  #unlink(at: number): void {
    const older = this.#olderThan(at);
    const newer = this.#newerThan(at);
    this.#link(older, newer);
    // Only where a newer attempt saved lower updates than the one before it: then it is not enough to look at what comes first.
    if (this.#isNarrower(older) || this.#isNarrower(newer)) this.#queue = this.#queued(this.#emptied());
  }

  #isNarrower(at: number): boolean {
    return at !== none && this.#gap(at) < (this.#gaps[at] ?? 0);
  }

  #emptied(): readonly number[] {
    const left: number[] = [];
    for (let at = this.#queue.pop(); at !== undefined; at = this.#queue.pop()) left.push(at);
    return left;
  }

  // Before the oldest lies the beginning of the training.
  #gap(at: number): number {
    return this.#update(this.#newerThan(at)) - this.#update(this.#olderThan(at));
  }

  #olderThan(at: number): number {
    return this.#older[at] ?? none;
  }

  #newerThan(at: number): number {
    return this.#newer[at] ?? none;
  }

  #update(at: number): number {
    return this.#marked.standing.order[at]?.update ?? 0;
  }
}
