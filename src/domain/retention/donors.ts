// Runs that give up Steps for a capacity, always the one of them that holds most beyond what it should.
import type { Pieces } from '../pieces.ts';
import type { Bytes } from '../units.ts';
import type { Draft } from './draft.ts';
import { Heap } from './heap.ts';
import { mark } from './locks.ts';
import { marksOf } from './reasons.ts';
import { thinningOrder } from './thinning.ts';

const capacityMark = marksOf('Capacity');

/** What a run may give, in the order in which it goes. */
interface Gift {
  readonly places: readonly number[];
  readonly sizes: readonly Bytes[];
}

/**
 * Runs whose turn comes together, in a fixed order; `above`: how many bytes each holds beyond what `defaults` would keep. They take turns
 * at giving, Step by Step, so that what is touched for one Step must be little: the marks are made at the end.
 */
export class Donors {
  readonly #drafts: readonly Draft[];
  readonly #above: Float64Array;
  readonly #furthest: Heap<number>;
  /** Found when its turn comes: of most it never does. */
  readonly #gifts: (Gift | undefined)[];
  readonly #taken: Int32Array;

  constructor(drafts: readonly Draft[], above: Float64Array) {
    this.#drafts = drafts;
    this.#above = above;
    this.#furthest = new Heap((a, b) => (above[b] ?? 0) - (above[a] ?? 0) || a - b, [...drafts.keys()]);
    this.#gifts = drafts.map(() => undefined);
    this.#taken = new Int32Array(drafts.length);
  }

  /** Takes the next Step of the run furthest above, and says how much that was; undefined when none may go. */
  take(): Bytes | undefined {
    for (let nth = this.#furthest.first; nth !== undefined; nth = this.#furthest.first) {
      const taken = this.#taken[nth] ?? 0;
      const bytes = this.#giftOf(nth).sizes[taken];
      if (bytes !== undefined) {
        this.#taken[nth] = taken + 1;
        this.#above[nth] = (this.#above[nth] ?? 0) - bytes;
        this.#furthest.settleFirst();
        return bytes;
      }
      this.#furthest.pop();
    }
    return undefined;
  }

  #giftOf(nth: number): Gift {
    return (this.#gifts[nth] ??= giftOf(this.#drafts[nth]));
  }

  /** Marks what was taken. */
  *mark(): Pieces<void> {
    for (const [nth, draft] of this.#drafts.entries()) {
      const places = this.#gifts[nth]?.places.slice(0, this.#taken[nth]) ?? [];
      for (const at of places) mark(draft, at, capacityMark);
      yield;
    }
  }
}

function giftOf(draft: Draft | undefined): Gift {
  if (draft === undefined) return { places: [], sizes: [] };
  const places = thinningOrder(draft);
  return { places, sizes: places.map((at) => draft.standing.order[at]?.sizeBytes ?? 0) };
}
