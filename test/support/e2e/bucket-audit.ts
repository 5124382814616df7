// Watches the bucket while a run trains: whatever checkpoint is visible at any moment must be complete and verified, byte by byte.
import { setTimeout as delay } from 'node:timers/promises';
import { verifyEntries } from '../../../src/checkpoint/entry-verification.ts';
import { inspectCheckpoint } from '../../../src/checkpoint/inspection.ts';
import { readDirectory } from '../../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../byte-sources.ts';
import { listKeys, readBytes } from './bucket.ts';
import type { RunName } from './run-view.ts';

async function verdictOn(bytes: Uint8Array): Promise<string> {
  const source = memorySource(bytes);
  const { complete, problems } = await inspectCheckpoint(source);
  if (!complete || problems.length > 0) return `incomplete: ${JSON.stringify(problems)}`;
  const reading = await readDirectory(source);
  if (reading.kind === 'incomplete') return `incomplete: ${reading.problem.message}`;
  const { verdict } = await verifyEntries(source, reading.directory);
  return verdict;
}

export class BucketAudit implements AsyncDisposable {
  /** The verdict on every checkpoint that was ever visible, by its key below the run's prefix. */
  readonly verdicts = new Map<string, string>();
  readonly #run: RunName;
  readonly #ended = new AbortController();
  readonly #watching: Promise<void>;

  /** Begins to watch. */
  constructor(run: RunName) {
    this.#run = run;
    this.#watching = this.#watch();
  }

  /** Looks at whatever is new. Rejects while the store is away. */
  async look(): Promise<void> {
    for (const key of await listKeys(this.#run)) {
      if (!key.endsWith('.pt') || this.verdicts.has(key)) continue;
      this.verdicts.set(key, await verdictOn(await readBytes(this.#run, key)));
    }
  }

  async #watch(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      // The store is killed now and then, and retention may take what was listed: then the next look sees.
      await this.look().catch(() => undefined);
      await delay(200);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#watching;
  }
}
