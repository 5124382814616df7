// What goes wrong in a fake object store, by plan: which operation on which key fails, when, and how often.
import type { Clock } from '../../src/ports/clock.ts';
import { ObjectStoreError, type ObjectStoreErrorCode } from '../../src/ports/objects.ts';

export type StoreOperation =
  | 'list'
  | 'scan'
  | 'scanVersions'
  | 'head'
  | 'get'
  | 'getRange'
  | 'put'
  | 'upload'
  | 'listUploads'
  | 'sizeOfUpload'
  | 'abortUpload'
  | 'copy'
  | 'download'
  | 'delete'
  | 'bulkDelete'
  | 'probe';

export interface StoreFault {
  /** Any operation when absent. */
  readonly on?: StoreOperation;
  /** Matched against the key (of listings and `probe` the prefix, of deletions the first key of a request); any when absent. */
  readonly key?: RegExp;
  /** How often it strikes: 1 unless said; Infinity until removed. */
  readonly times?: number;
  /** Waits this long on the clock first. */
  readonly delayMilliseconds?: number;
  /** Never answers: ends only when the caller's signal is aborted. */
  readonly hang?: boolean;
  /** Fails before anything happened. */
  readonly before?: ObjectStoreErrorCode;
  /** Fails half-way through the bytes or after the first page; nothing was stored. */
  readonly midway?: ObjectStoreErrorCode;
  /** Waits this long on the clock half-way. */
  readonly midwayMilliseconds?: number;
  /** Fails although the operation took effect. */
  readonly after?: ObjectStoreErrorCode;
  /** The byte at this offset arrives wrong. */
  readonly flipAt?: number;
}

/** One operation under way, with the faults that strike it. */
export interface StruckOperation {
  midway(): Promise<void>;
  after(): void;
  /** The bytes that start at `offset` of the object, as they arrive. */
  spoil(bytes: Uint8Array, offset: number): Uint8Array;
}

/** The faults of one fake store. */
export class FaultPlan {
  /** While set, every operation fails with it: the store is away (Unavailable) or does not exist (NotFound). */
  outage: ObjectStoreErrorCode | undefined;
  /** Objects that list, head and get do not see. */
  hides: (key: string) => boolean = () => false;
  /** The code with which deletions refuse a key. */
  keeps: (key: string) => string | undefined = () => undefined;
  /** Keys whose versions an object lock keeps. */
  locks: (key: string) => boolean = () => false;
  /** Every operation asked for, in order. */
  readonly requests: { readonly operation: StoreOperation; readonly key: string }[] = [];
  /** True once any operation got an answer. */
  answered = false;
  readonly #planned: { readonly fault: StoreFault; left: number }[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Plans a fault; the returned function takes it back. */
  add(fault: StoreFault): () => void {
    const entry = { fault, left: fault.times ?? 1 };
    this.#planned.push(entry);
    return () => {
      entry.left = 0;
    };
  }

  async begin(operation: StoreOperation, key: string, signal: AbortSignal): Promise<StruckOperation> {
    signal.throwIfAborted();
    this.requests.push({ operation, key });
    const struck = this.#strike(operation, key);
    const fail = (code: ObjectStoreErrorCode | undefined): void => {
      if (code !== undefined) throw new ObjectStoreError(code, `${operation} ${key}: ${code} by plan`);
    };
    for (const fault of struck) {
      if (fault.delayMilliseconds !== undefined) await this.#clock.sleep(fault.delayMilliseconds, signal);
      if (fault.hang === true) await untilAborted(signal);
      fail(fault.before);
    }
    fail(this.outage);
    // an operation without faults still answers later than its call
    await Promise.resolve();
    this.answered = true;
    return {
      midway: async () => {
        for (const fault of struck) {
          if (fault.midwayMilliseconds !== undefined)
            await this.#clock.sleep(fault.midwayMilliseconds, signal);
          fail(fault.midway);
        }
      },
      after: () => struck.forEach((fault) => fail(fault.after)),
      spoil: (bytes, offset) => struck.reduce((spoilt, fault) => flip(spoilt, offset, fault.flipAt), bytes),
    };
  }

  #strike(operation: StoreOperation, key: string): StoreFault[] {
    const due = this.#planned.filter(
      ({ fault, left }) =>
        left > 0 &&
        (fault.on === undefined || fault.on === operation) &&
        (fault.key === undefined || fault.key.test(key)),
    );
    for (const entry of due) entry.left -= 1;
    return due.map((entry) => entry.fault);
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

function flip(bytes: Uint8Array, offset: number, at: number | undefined): Uint8Array {
  const index = at === undefined ? -1 : at - offset;
  const byte = bytes[index];
  if (byte === undefined) return bytes;
  const spoilt = new Uint8Array(bytes);
  spoilt[index] = byte ^ 0xff;
  return spoilt;
}
