// Deletes what a run's retention condemned, after the grace: only keys of this pass's complete listing, condemned without a
// break for the whole grace, never by prefix. Its memory is lost with the process, which only starts the grace again.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { foundBad } from '../../domain/retention/found-bad.ts';
import { noteworthy } from '../../domain/retention/notes.ts';
import { planRetention, type RetentionPlan, type Ruling } from '../../domain/retention/plan.ts';
import type { Snapshot } from '../../domain/run/facts.ts';
import type { RetentionFacts } from '../../domain/run/retention-facts.ts';
import { viewAttempts } from '../../domain/run/ledger.ts';
import { pendingPlan } from '../../domain/run/rollback.ts';
import type { Bytes, Seconds } from '../../domain/units.ts';
import { cacheKey, type ObjectName } from '../../ports/cluster.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { DeleteFailure } from '../../ports/objects.ts';
import type { DeletionRight } from '../engine/tenure.ts';
import { deleteBatch, deletionsPerBatch } from './delete-batch.ts';
import type { StoredRun } from './logged-deletion.ts';

interface Condemned {
  readonly checkpoint: Checkpoint;
  /** Every reason for and against it. */
  readonly reasons: readonly string[];
  /** On the monotonic clock: after the grace, or when the store is asked again. */
  readonly dueAt: number;
  /** How often in a row the store would not delete it, and why it would not last. */
  readonly refusals: number;
  readonly refused: string | undefined;
  /** True when it is an object lock that keeps it. */
  readonly isLocked: boolean;
}

/** How long a checkpoint that the store would not delete is left alone: doubling. */
const firstRefusedSeconds: Seconds = 60;
const longestRefusedSeconds: Seconds = 3600;

/** How soon retention that was stopped is tried again, also of a run that nobody looks at any more. */
const stoppedSeconds: Seconds = 300;

interface Known {
  condemned: ReadonlyMap<string, Condemned>;
  reclaimedBytes: Bytes;
  /** On the monotonic clock: when time alone changes what the rules say. */
  judgeAgainAt: number | undefined;
}

export interface CollectionSetup {
  readonly clock: Clock;
  readonly log: Log;
  readonly graceSeconds: Seconds;
  /** Asked before each batch. */
  readonly right: DeletionRight;
}

interface Sweep {
  readonly run: ObjectName & { readonly uid: string };
  readonly place: StoredRun;
  readonly isStillAsked: () => Promise<boolean>;
}

interface Swept {
  readonly run: ObjectName;
  readonly known: Known;
  readonly batch: readonly Condemned[];
  readonly failures: readonly DeleteFailure[];
}

export class RunCollection {
  readonly #setup: CollectionSetup;
  readonly #runs = new Map<string, Known>();

  constructor(setup: CollectionSetup) {
    this.#setup = setup;
  }

  /** Judges this pass's listing and notes since when each checkpoint has been condemned. */
  judge(snapshot: Omit<Snapshot, 'retention'>): RetentionFacts {
    const known = this.#of(snapshot.run.uid);
    const plan = judged(snapshot);
    const isStopped = plan.kind === 'Stopped';
    const rulings = isStopped ? [] : plan.rulings;
    const now = this.#setup.clock.monotonic();
    const judgeAgain = isStopped ? stoppedSeconds : plan.changesInSeconds;
    known.judgeAgainAt = judgeAgain === undefined ? undefined : now + judgeAgain * 1000;
    const dueAt = now + this.#setup.graceSeconds * 1000;
    known.condemned = new Map(
      withVerdict(rulings, 'Condemned').map(({ checkpoint, reasons }) => {
        const fresh = { dueAt, refusals: 0, refused: undefined, isLocked: false };
        return [checkpoint.key, { ...(known.condemned.get(checkpoint.key) ?? fresh), checkpoint, reasons }];
      }),
    );
    const entries = [...known.condemned.values()];
    return {
      condemnedKeys: new Set(known.condemned.keys()),
      lockedKeys: new Set(withVerdict(rulings, 'Locked').map(({ checkpoint }) => checkpoint.key)),
      reclaimedBytes: known.reclaimedBytes,
      notes: isStopped ? [] : noteworthy(plan),
      stopped: isStopped ? plan.why : undefined,
      refused: entries.find(({ refused, isLocked }) => refused !== undefined && !isLocked)?.refused,
      heldByLock: entries.filter(({ isLocked }) => isLocked).length,
    };
  }

  /** True while something was deleted that status does not tell yet. */
  hasNews(uid: string): boolean {
    return this.#of(uid).reclaimedBytes > 0;
  }

  /** Seconds until something of this run may be deleted; 0 = now, undefined = nothing is condemned. */
  dueIn(uid: string): Seconds | undefined {
    const dueAt = [...this.#of(uid).condemned.values()].map((entry) => entry.dueAt);
    return this.#secondsUntil(Math.min(Infinity, ...dueAt));
  }

  /** Seconds until this run's retention should be looked at again; undefined = only when something changes. */
  wakesIn(uid: string): Seconds | undefined {
    const { judgeAgainAt = Infinity } = this.#of(uid);
    const judgeAgainIn = this.#secondsUntil(judgeAgainAt);
    const dueIn = this.dueIn(uid);
    if (judgeAgainIn === undefined || dueIn === undefined) return judgeAgainIn ?? dueIn;
    return Math.min(judgeAgainIn, dueIn);
  }

  #secondsUntil(at: number): Seconds | undefined {
    return at === Infinity ? undefined : Math.max(0, (at - this.#setup.clock.monotonic()) / 1000);
  }

  /** Deletes what is due, as long as this operator may. `isStillAsked` looks at the run once more, uncached, before the first delete. */
  async sweep({ run, place, isStillAsked }: Sweep, signal: AbortSignal): Promise<void> {
    const known = this.#of(run.uid);
    const due = this.#due(known);
    if (due.length === 0 || !(await isStillAsked())) return;
    const { clock, right } = this.#setup;
    for (let from = 0; from < due.length; from += deletionsPerBatch) {
      const batch = due.slice(from, from + deletionsPerBatch);
      const deletions = batch.map(({ checkpoint, reasons }) => ({ ...checkpoint, reasons }));
      const failures = await deleteBatch({ place, deletions, right, clock }, signal);
      if (failures === undefined) return;
      this.#account({ run, known, batch, failures });
    }
  }

  #account({ run, known, batch, failures }: Swept): void {
    const stayed = new Set(failures.map(({ key }) => key));
    const gone = batch.map(({ checkpoint }) => checkpoint).filter(({ key }) => !stayed.has(key));
    known.reclaimedBytes += gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const condemned = new Map(known.condemned);
    for (const { key } of gone) condemned.delete(key);
    for (const failure of failures) this.#postpone(condemned, failure);
    known.condemned = condemned;
    this.#tell(cacheKey(run), gone, failures);
  }

  #due(known: Known): readonly Condemned[] {
    const now = this.#setup.clock.monotonic();
    return [...known.condemned.values()].filter(({ dueAt }) => dueAt <= now);
  }

  // What a store will not delete today (a legal hold, a missing right) it will not delete in a second either.
  #postpone(condemned: Map<string, Condemned>, failure: DeleteFailure): void {
    const { key, code, message, locked = false } = failure;
    const entry = condemned.get(key);
    if (entry === undefined) return;
    const refusals = entry.refusals + 1;
    const backoff = Math.min(longestRefusedSeconds, firstRefusedSeconds * 2 ** (refusals - 1));
    const wait = locked ? longestRefusedSeconds : backoff;
    const dueAt = this.#setup.clock.monotonic() + wait * 1000;
    condemned.set(key, { ...entry, refusals, dueAt, refused: `${code}: ${message}`, isLocked: locked });
  }

  #tell(run: string, gone: readonly Checkpoint[], failures: readonly DeleteFailure[]): void {
    const { log } = this.#setup;
    const deleted = gone.map(({ key }) => key);
    if (deleted.length > 0) log.info({ run, deleted }, 'deleted checkpoints that no rule keeps');
    for (const failure of failures) log.warn({ run, ...failure }, 'a condemned checkpoint stayed');
  }

  /** The reclaimed bytes stand in status now. */
  told(uid: string, bytes: Bytes): void {
    this.#of(uid).reclaimedBytes -= bytes;
  }

  forget(uid: string): void {
    this.#runs.delete(uid);
  }

  #of(uid: string): Known {
    const known = this.#runs.get(uid);
    if (known !== undefined) return known;
    const fresh: Known = { condemned: new Map(), reclaimedBytes: 0, judgeAgainAt: undefined };
    this.#runs.set(uid, fresh);
    return fresh;
  }
}

const withVerdict = (
  rulings: readonly Ruling<Checkpoint>[],
  verdict: Ruling['verdict'],
): readonly Ruling<Checkpoint>[] => rulings.filter((ruling) => ruling.verdict === verdict);

function judged(snapshot: Omit<Snapshot, 'retention'>): RetentionPlan<Checkpoint> {
  const { bucket, run } = snapshot;
  if (bucket.kind === 'Unreadable') return { kind: 'Stopped', why: bucket.message };
  const { inventory, origins, marker, storeTime } = bucket.facts;
  return planRetention({
    runUid: run.uid,
    markerUid: marker?.runUid,
    prefix: inventory.prefix,
    attempts: inventory.attempts,
    origins,
    storeTime,
    now: snapshot.now,
    rules: run.spec.retention,
    pins: run.spec.pins,
    succeeded: run.status?.phase === 'Succeeded',
    startingAttempt: startingAttempt(snapshot),
    foundBad: foundBad(bucket.facts),
    rollbackTargets: rollbackTargets(snapshot),
    dependents: snapshot.dependents,
  });
}

function rollbackTargets(snapshot: Omit<Snapshot, 'retention'>): readonly Checkpoint[] {
  const plan = pendingPlan(snapshot);
  return plan?.kind === 'From' ? plan.candidates : [];
}

/** The newest attempt, while it may still be choosing what to start from. */
function startingAttempt(snapshot: Omit<Snapshot, 'retention'>): number | undefined {
  const newest = viewAttempts(snapshot)[0];
  const stage = newest?.stage.stage;
  return stage === 'Absent' || stage === 'Waiting' || stage === 'Restoring'
    ? newest?.entry.number
    : undefined;
}
