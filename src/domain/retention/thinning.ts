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

interface Candidate {
  readonly at: number;
  /** How far apart its neighbours are: u(i+1) − u(i−1). */
  readonly gap: number;
}

/** The thinning of what the marks so far do not condemn. */
export function makeThinning(marked: Marked): Thinning {
  const chain = new Chain(marked);
  const abandoned = takeable(marked, marked.standing.onLineage, marked.standing.order.length);
  return { next: () => abandoned.pop() ?? chain.next() };
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
  readonly #queue = new Heap<Candidate>((a, b) => a.gap - b.gap || b.at - a.at);

  constructor(marked: Marked) {
    this.#marked = marked;
    const { onLineage } = marked.standing;
    this.#older = new Int32Array(onLineage).fill(none);
    this.#newer = new Int32Array(onLineage).fill(none);
    let newer = none;
    for (let at = 0; at < onLineage; at += 1) {
      if (!stays(marked, at)) continue;
      this.#link(at, newer);
      newer = at;
    }
    for (let at = 0; at < onLineage; at += 1) this.#offer(at);
  }

  next(): number | undefined {
    for (;;) {
      const first = this.#queue.pop();
      if (first === undefined) return undefined;
      const { at, gap } = first;
      // A loss beside it has widened its gap since: it waits in its new place.
      if (this.#newerThan(at) === none || gap !== this.#gap(at)) continue;
      this.#unlink(at);
      return at;
    }
  }

  #link(older: number, newer: number): void {
    if (older !== none) this.#newer[older] = newer;
    if (newer !== none) this.#older[newer] = older;
  }

  #unlink(at: number): void {
    const [older, newer] = [this.#olderThan(at), this.#newerThan(at)];
    this.#newer[at] = none;
    this.#link(older, newer);
    this.#offer(older);
    this.#offer(newer);
  }

  // The newest has no newer neighbour.
  #offer(at: number): void {
    if (this.#newerThan(at) !== none && mayGo(this.#marked, at)) this.#queue.push({ at, gap: this.#gap(at) });
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
