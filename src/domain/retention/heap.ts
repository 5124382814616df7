// A priority queue: what comes first by the given order is taken first.

export class Heap<T extends number | object> {
  readonly #items: T[];
  readonly #order: (a: T, b: T) => number;

  /** `order` is that of sorting: negative when `a` comes first. */
  constructor(order: (a: T, b: T) => number, items: readonly T[] = []) {
    this.#items = [...items];
    this.#order = order;
    for (let at = (items.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at);
  }

  /** What comes first; undefined when there is nothing. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Takes the first; undefined when there is none. */
  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    items[0] = last;
    this.#sink(0);
    return first;
  }

  /** The first comes later now than it did: puts it where it belongs. */
  settleFirst(): void {
    this.#sink(0);
  }

  /** Moves what stands there down to its place: others rise into the gap, and it is written once. */
  #sink(from: number): void {
    const items = this.#items;
    const item = items[from];
    if (item === undefined) return;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#earlier(left, left + 1);
      const rising = items[child];
      if (rising === undefined || this.#order(rising, item) >= 0) break;
      items[at] = rising;
      at = child;
    }
    items[at] = item;
  }

  #earlier(left: number, right: number): number {
    const one = this.#items[left];
    const other = this.#items[right];
    return one !== undefined && other !== undefined && this.#order(other, one) < 0 ? right : left;
  }
}
