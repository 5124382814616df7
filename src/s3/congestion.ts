// How much a deletion asks of a store at once: more after each success, half after each complaint, as TCP does. Starts with one
// request at a time; a store that is too slow for a whole batch gets smaller ones.

export interface CongestionBounds {
  readonly lanes: number;
  readonly batchKeys: number;
}

/** A smaller batch would cost more than it saves. */
const leastBatchKeys = 50;

export class Congestion {
  readonly #most: CongestionBounds;
  #lanes = 1;
  #batchKeys: number;
  /** Below it one more lane for each success, above it one for each round. */
  #threshold: number;
  #complaints = 0;

  constructor(most: CongestionBounds) {
    this.#most = most;
    this.#batchKeys = most.batchKeys;
    this.#threshold = most.lanes;
  }

  /** Requests that may be under way now. */
  get lanes(): number {
    return Math.floor(this.#lanes);
  }

  /** Keys that one request may carry now. */
  get batchKeys(): number {
    return this.#batchKeys;
  }

  /** Given back with what came of a request, so that complaints about one burst count once. */
  get mark(): number {
    return this.#complaints;
  }

  succeeded(): void {
    const growth = this.#lanes < this.#threshold ? 1 : 1 / this.#lanes;
    this.#lanes = Math.min(this.#most.lanes, this.#lanes + growth);
    this.#batchKeys = Math.min(this.#most.batchKeys, this.#batchKeys + leastBatchKeys);
  }

  /** The store asked for less. */
  complained(mark: number): void {
    if (mark !== this.#complaints) return;
    this.#complaints += 1;
    if (this.#lanes < 2) this.#shrinkBatch();
    this.#threshold = Math.max(1, this.#lanes / 2);
    this.#lanes = this.#threshold;
  }

  /** A request was not answered in time. */
  overdue(mark: number): void {
    if (mark !== this.#complaints) return;
    this.#shrinkBatch();
    this.complained(mark);
  }

  #shrinkBatch(): void {
    this.#batchKeys = Math.max(
      Math.min(leastBatchKeys, this.#most.batchKeys),
      Math.floor(this.#batchKeys / 2),
    );
  }
}
