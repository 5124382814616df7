// Deletes named keys and versions in batches, several at a time as long as the store keeps up. Never sends a request that the caller
// did not let through just before, and never retries what a lock or a missing right keeps.
import type { BatchOutcome, BulkDeletion, DeleteFailure, DeletionTarget } from '../ports/objects.ts';
import { ObjectStoreError } from '../ports/objects.ts';
import { OutsideError, type TryOptions } from './caller.ts';
import { Congestion } from './congestion.ts';
import type { Bucket } from './connection.ts';
import { TimeoutError } from './deadline.ts';
import { type Failures, sendDeletion, targetName } from './deletion-request.ts';
import { mostDeletions } from './limits.ts';
import { Throttle } from './throttle.ts';

/** Codes of one key that another try may overcome. */
const passing = new Set([
  'InternalError',
  'ServiceUnavailable',
  'SlowDown',
  'OperationAborted',
  'Unconfirmed',
]);

/** Deletes exactly these keys and returns those that stayed. */
export async function deleteObjects(
  bucket: Bucket,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = [];
  const deletion: BulkDeletion<DeletionTarget> = {
    targets: [...new Set(keys)].map((key) => ({ key })),
    beforeBatch: async () => {},
    afterBatch: async (outcome) => {
      failures.push(...outcome.failures);
    },
  };
  await bulkDelete(bucket, deletion, signal);
  return failures;
}

/** Deletes any number of targets; see the port for the promise. */
export async function bulkDelete<T extends DeletionTarget>(
  bucket: Bucket,
  deletion: BulkDeletion<T>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await new Deletion(bucket, deletion, signal).run();
}

class Deletion<T extends DeletionTarget> {
  readonly #bucket: Bucket;
  readonly #hooks: Pick<BulkDeletion<T>, 'beforeBatch' | 'afterBatch'>;
  readonly #signal: AbortSignal;
  readonly #congestion: Congestion;
  readonly #throttle: Throttle | undefined;
  readonly #targets: Iterator<T>;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;

  constructor(bucket: Bucket, deletion: BulkDeletion<T>, signal: AbortSignal) {
    const { keysPerSecond: rate } = deletion;
    this.#bucket = bucket;
    this.#hooks = deletion;
    this.#signal = signal;
    this.#targets = deletion.targets[Symbol.iterator]();
    // a batch is no more than a second's worth
    const batchKeys = Math.max(1, Math.min(mostDeletions, Math.floor(rate ?? mostDeletions)));
    this.#congestion = new Congestion({ lanes: bucket.limits.lanes, batchKeys });
    this.#throttle = rate === undefined ? undefined : new Throttle(bucket.clock, rate);
  }

  /** Resolves when all is told; rejects with the first failure, once nothing is under way any more. */
  async run(): Promise<void> {
    while (this.#failure === undefined) {
      if (this.#underWay.size >= this.#congestion.lanes) {
        await Promise.race(this.#underWay);
        continue;
      }
      const batch = this.#nextBatch();
      if (batch.length === 0) break;
      this.#start(batch);
    }
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) await Promise.reject(this.#failure.cause);
  }

  #start(batch: readonly T[]): void {
    const work = new Batch<T>();
    const done: Promise<void> = this.#deleteBatch(work, batch)
      .catch(async (cause: unknown) => {
        this.#failure ??= { cause };
        const failures = [...work.open].map((target) => unsettled(target, cause));
        if (failures.length > 0) await this.#hooks.afterBatch({ deleted: [], failures });
      })
      // the first failure is the reason
      .catch(() => {})
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  #nextBatch(): readonly T[] {
    const batch: T[] = [];
    while (batch.length < this.#congestion.batchKeys) {
      const next = this.#targets.next();
      if (next.done === true) break;
      batch.push(next.value);
    }
    return batch;
  }

  async #deleteBatch(work: Batch<T>, batch: readonly T[]): Promise<void> {
    const { limits, clock } = this.#bucket;
    let left = batch;
    for (let tries = 1; left.length > 0; tries += 1) {
      const { asked, failures } = await this.#send(work, left);
      const retried = new Set(tries < limits.tries ? asked.filter((one) => isPassing(failures, one)) : []);
      const settled = asked.filter((target) => !retried.has(target));
      for (const target of settled) work.open.delete(target);
      await this.#hooks.afterBatch(outcomeOf(settled, failures));
      left = [...retried, ...left.slice(asked.length)];
      if (retried.size === 0) tries = 0;
      else await clock.sleep(limits.firstDelayMilliseconds * 2 ** (tries - 1), this.#signal);
    }
  }

  /** Sends as many of these as one request may carry now. */
  async #send(work: Batch<T>, targets: readonly T[]): Promise<Sent<T>> {
    const congestion = this.#congestion;
    await this.#throttle?.pass(Math.min(targets.length, congestion.batchKeys), this.#signal);
    let mark = congestion.mark;
    const run = async (options: TryOptions): Promise<Sent<T>> => {
      const asked = targets.slice(0, congestion.batchKeys);
      mark = congestion.mark;
      await this.#letThrough(work, asked);
      try {
        return { asked, failures: await sendDeletion(this.#bucket, asked, options) };
      } catch (error) {
        if (options.abortSignal.reason instanceof TimeoutError) congestion.overdue(mark);
        throw error;
      }
    };
    const onThrottled = (): void => congestion.complained(mark);
    const verb = `delete ${targets.length} objects of`;
    const sent = await this.#bucket.caller.call({ verb, run, onThrottled }, this.#signal);
    if ([...sent.failures.values()].some(({ code }) => code === 'SlowDown')) congestion.complained(mark);
    else congestion.succeeded();
    return sent;
  }

  async #letThrough(work: Batch<T>, asked: readonly T[]): Promise<void> {
    try {
      await this.#hooks.beforeBatch(asked);
    } catch (cause) {
      throw new OutsideError('the deletion was not let through', { cause });
    }
    for (const target of asked) work.open.add(target);
  }
}

class Batch<T> {
  /** Targets that were let through and not told yet. */
  readonly open = new Set<T>();
}

interface Sent<T> {
  readonly asked: readonly T[];
  readonly failures: Failures<T>;
}

const isPassing = <T>(failures: Failures<T>, target: T): boolean =>
  passing.has(failures.get(target)?.code ?? '');

const outcomeOf = <T extends DeletionTarget>(
  settled: readonly T[],
  failures: Failures<T>,
): BatchOutcome<T> => ({
  deleted: failures.size === 0 ? settled : settled.filter((target) => !failures.has(target)),
  failures: settled.flatMap((target) => failures.get(target) ?? []),
});

/** What is told of a target whose request had no answer that counts. */
function unsettled(target: DeletionTarget, cause: unknown): DeleteFailure {
  const known = cause instanceof ObjectStoreError;
  const code = known ? cause.code : 'Unconfirmed';
  const message = known ? cause.message : 'the deletion was ended before its answer came';
  return { ...targetName(target), code, message };
}
