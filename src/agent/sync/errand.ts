// The one thing sync does at the store at a time, beside its looks at the disk. It ends in a confirmation or in a trouble
// that is told, with a growing pause before the next try; it never throws at the loop.
import { ObjectStoreError } from '../../ports/objects.ts';
import { pauseAfter } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { carry, type Carrying } from './carrier.ts';
import { learn } from './learning.ts';
import type { Finished, Parcel, SyncLedger } from './ledger.ts';

const longestPauseMilliseconds = 60_000;

/** Resolves to true when the store did what it was asked. */
type Work = (signal: AbortSignal) => Promise<boolean>;

export class Errand {
  readonly #world: AgentWorld;
  readonly #ledger: SyncLedger;
  readonly #onEnd: () => void;
  #running: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(world: AgentWorld, ledger: SyncLedger, onEnd: () => void) {
    this.#world = world;
    this.#ledger = ledger;
    this.#onEnd = onEnd;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Learns what the bucket has of this attempt, and what an earlier container left. */
  learn(): void {
    this.#begin(async (signal) => {
      await learn(this.#world, this.#ledger, signal);
      return true;
    });
  }

  /** Carries one file. */
  carry(carrying: Carrying & { readonly file: Finished | Parcel }): void {
    const { name, kind, update } = carrying.file;
    this.#ledger.underWay = { name, kind, update };
    this.#begin((signal) => carry(this.#world, carrying, signal));
  }

  /** Gives up what is under way; nothing of it becomes visible. */
  abandon(reason: string): void {
    this.#stop.abort(new Error(reason));
  }

  /** Resolves once nothing is under way. */
  async ended(): Promise<void> {
    await this.#running;
  }

  #begin(work: Work): void {
    this.#stop = new AbortController();
    this.#running = this.#run(work, this.#stop.signal);
  }

  async #run(work: Work, signal: AbortSignal): Promise<void> {
    try {
      if (await work(signal)) this.#recover();
    } catch (cause) {
      if (signal.aborted) this.#world.log.info({ file: this.#ledger.underWay?.name }, 'upload given up');
      else this.#fail(cause);
    } finally {
      this.#ledger.underWay = undefined;
      this.#running = undefined;
      this.#onEnd();
    }
  }

  #recover(): void {
    const { trouble } = this.#ledger;
    if (trouble === undefined) return;
    const seconds = (this.#world.clock.monotonic() - trouble.since) / 1000;
    this.#world.log.info({ afterSeconds: seconds }, 'the store takes checkpoints again');
    this.#ledger.trouble = undefined;
  }

  #fail(cause: unknown): void {
    const { clock, log } = this.#world;
    const failures = (this.#ledger.trouble?.failures ?? 0) + 1;
    const now = clock.monotonic();
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#ledger.trouble = {
      code: codeOf(cause),
      message,
      since: this.#ledger.trouble?.since ?? now,
      failures,
      retryAt: now + pauseAfter(failures, longestPauseMilliseconds),
    };
    log.warn({ file: this.#ledger.underWay?.name, cause: message, failures }, 'upload failed, trying again');
  }
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof ObjectStoreError)) return 'UploadFailed';
  return cause.code === 'NotFound' ? 'BucketNotFound' : `Store${cause.code}`;
}
