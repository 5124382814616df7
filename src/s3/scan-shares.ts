// Shares a key space out: which part of it each lane of a scan lists, and when one that is done takes half of another's. Every key
// belongs to exactly one share, whatever is split when. A split may cost a page that two shares read, so splits are rationed. Pure.
import { compareKeys } from './key-order.ts';

/** A part of the key space: the keys after `after`, up to and with `until`. */
export interface Share {
  readonly after: string | undefined;
  /** Undefined: to the end. */
  readonly until: string | undefined;
}

/** The last key of a full page. From one to another of the same chain there are only full pages; chain 1 begins with the first key. */
export interface PageEnd {
  readonly key: string;
  readonly chain: number;
}

export interface SharesSetup {
  readonly lanes: number;
  /** Keys of one page. */
  readonly pageKeys: number;
  /** Where a share may be split, in key order. */
  readonly landmarks: readonly string[];
}

interface Open {
  share: Share;
  /** The last key that was listed of it. */
  cursor: string | undefined;
}

/** One split for so many pages, of those that were read or that are to be expected; and one in any case. */
const pagesPerSplit = 100;
/** So many pages tell how many keys lie between two landmarks. */
const tellingPages = 4;
/** A share of fewer pages than this is not split. */
const leastPages = 4;

export class ScanShares {
  readonly #setup: SharesSetup;
  readonly #open = new Map<number, Open>();
  readonly #ends: { readonly key: string; readonly share: number }[] = [];
  /** Shares that are done; exact: with a full page that ended where the share did. */
  readonly #done = new Map<number, { readonly after: string | undefined; readonly isExact: boolean }>();
  #count = 0;
  #splits = 0;
  #pages = 0;
  #keys = 0;

  constructor(setup: SharesSetup) {
    this.#setup = setup;
    this.#add({ after: undefined, until: undefined });
  }

  /** Of a whole scan, in key order: where the next one of an unchanged store reads no page in vain. */
  get ends(): readonly PageEnd[] {
    const inOrder = [...this.#done].toSorted(([, a], [, b]) => compareKeys(a.after ?? '', b.after ?? ''));
    const chains = new Map<number, number>();
    let chain: number | undefined;
    for (const [share, { isExact }] of inOrder) {
      chain ??= share;
      chains.set(share, chain);
      if (!isExact) chain = undefined;
    }
    return this.#ends
      .map(({ key, share }) => ({ key, chain: chains.get(share) ?? 0 }))
      .toSorted((a, b) => compareKeys(a.key, b.key));
  }

  /** The numbers of the shares that are open. */
  get open(): readonly number[] {
    return [...this.#open.keys()];
  }

  shareOf(number: number): Share {
    return this.#of(number).share;
  }

  /** Cuts the whole at these keys, before anything is listed; `free` of them are known to cost nothing. */
  cut(keys: readonly string[], free: number): void {
    for (const key of keys) {
      const last = this.#of(this.#count);
      this.#add({ after: key, until: last.share.until });
      last.share = { ...last.share, until: key };
    }
    this.#splits += keys.length - free;
  }

  /** Notes a page of a share, with how many keys of it belong to the share. */
  took(number: number, { belonging, last, isLast }: TakenPage): void {
    const open = this.#of(number);
    this.#pages += 1;
    this.#keys += belonging;
    open.cursor = last ?? open.cursor;
    const isFull = belonging === this.#setup.pageKeys;
    if (isFull && last !== undefined) this.#ends.push({ key: last, share: number });
    if (!isLast) return;
    const { after, until } = open.share;
    this.#done.set(number, { after, isExact: isFull && last === until });
    this.#open.delete(number);
  }

  /** A new share for a lane without work: half of the largest. Undefined when no split is worth its cost. */
  split(): number | undefined {
    if (this.#open.size >= this.#setup.lanes) return undefined;
    if (this.#splits >= Math.max(1, Math.floor(this.#expectedPages() / pagesPerSplit))) return undefined;
    const [widest] = [...this.#open.values()]
      .map((open) => ({ open, inside: this.#inside(open) }))
      .toSorted((a, b) => b.inside.to - b.inside.from - (a.inside.to - a.inside.from));
    if (widest === undefined || !this.#isWorth(widest.inside)) return undefined;
    const { open, inside } = widest;
    const at = this.#setup.landmarks[Math.floor((inside.from + inside.to) / 2)];
    const { until } = open.share;
    open.share = { ...open.share, until: at };
    this.#splits += 1;
    return this.#add({ after: at, until });
  }

  /** How many pages the whole scan will take, as far as the landmarks that were passed tell; at least those that it took. */
  #expectedPages(): number {
    if (this.#pages < tellingPages) return this.#pages;
    const { landmarks, pageKeys } = this.#setup;
    return Math.max(this.#pages, (landmarks.length * this.#keysPerLandmark()) / pageKeys);
  }

  #isWorth({ from, to }: Inside): boolean {
    if (to <= from) return false;
    if (this.#pages === 0) return true;
    return (to - from) * this.#keysPerLandmark() >= leastPages * this.#setup.pageKeys;
  }

  /** How many keys lie behind a landmark is known once some were passed. */
  #keysPerLandmark(): number {
    const left = [...this.#open.values()].reduce((sum, open) => {
      const inside = this.#inside(open);
      return sum + inside.to - inside.from;
    }, 0);
    return this.#keys / Math.max(1, this.#setup.landmarks.length - left);
  }

  /** The landmarks at which a share may be split. */
  #inside({ share, cursor }: Open): Inside {
    const { landmarks } = this.#setup;
    const after = cursor ?? share.after;
    const from = after === undefined ? 0 : countUpTo(landmarks, after);
    let to = share.until === undefined ? landmarks.length : countUpTo(landmarks, share.until);
    if (to > from && landmarks[to - 1] === share.until) to -= 1;
    return { from, to };
  }

  #of(number: number): Open {
    const open = this.#open.get(number);
    if (open === undefined) throw new Error(`share ${number} is not open`);
    return open;
  }

  #add(share: Share): number {
    this.#count += 1;
    this.#open.set(this.#count, { share, cursor: undefined });
    return this.#count;
  }
}

export interface TakenPage {
  readonly belonging: number;
  /** The last key of the page, whoever it belongs to. */
  readonly last: string | undefined;
  /** Nothing of the share follows. */
  readonly isLast: boolean;
}

interface Inside {
  readonly from: number;
  readonly to: number;
}

/** How many of the sorted keys are not after this one. */
function countUpTo(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a store that was scanned before is cut: at ends of full pages, of which few may cost a page more. */
export function planCuts(
  ends: readonly PageEnd[],
  lanes: number,
): { readonly keys: readonly string[]; readonly free: number } {
  const keys: string[] = [];
  let [costly, before] = [0, 1];
  for (let lane = 1; lane < lanes; lane += 1) {
    const end = ends[Math.floor((lane * ends.length) / lanes)];
    if (end === undefined || end.key === keys.at(-1)) continue;
    const costs = end.chain === before ? 0 : 1;
    if (costly + costs > Math.max(1, Math.floor(ends.length / pagesPerSplit))) continue;
    costly += costs;
    before = end.chain;
    keys.push(end.key);
  }
  return { keys, free: keys.length - costly };
}
