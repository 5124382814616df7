// Deletes what a run's retention condemned, after the grace: only keys of this pass's complete listing, condemned without a
// break for the whole grace, never by prefix. Its memory is lost with the process, which only starts the grace again.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { planRetention } from '../../domain/retention/plan.ts';
import type { RetentionFacts, Snapshot } from '../../domain/run/facts.ts';
import { viewAttempts } from '../../domain/run/ledger.ts';
import { pendingPlan } from '../../domain/run/rollback.ts';
import type { Bytes, Seconds } from '../../domain/units.ts';
import { cacheKey, type ObjectName } from '../../ports/cluster.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ObjectStore } from '../../ports/objects.ts';

interface Condemned {
  readonly checkpoint: Checkpoint;
  readonly since: number;
}

interface Known {
  condemned: ReadonlyMap<string, Condemned>;
  reclaimedBytes: Bytes;
}

export interface CollectionSetup {
  readonly clock: Clock;
  readonly log: Log;
  readonly graceSeconds: Seconds;
}

interface Sweep {
  readonly run: ObjectName & { readonly uid: string };
  readonly objects: ObjectStore;
  readonly isStillAsked: () => Promise<boolean>;
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
    if (plan.kind === 'Stopped') {
      known.condemned = new Map();
      return {
        condemnedKeys: new Set(),
        lockedKeys: new Set(),
        reclaimedBytes: known.reclaimedBytes,
        stopped: plan.why,
      };
    }
    const now = this.#setup.clock.monotonic();
    const condemned = plan.rulings
      .filter(({ verdict }) => verdict === 'Condemned')
      .map(({ checkpoint }) => checkpoint);
    known.condemned = new Map(
      condemned.map((checkpoint) => [
        checkpoint.key,
        known.condemned.get(checkpoint.key) ?? { checkpoint, since: now },
      ]),
    );
    return {
      condemnedKeys: new Set(known.condemned.keys()),
      lockedKeys: new Set(
        plan.rulings.filter(({ verdict }) => verdict === 'Locked').map(({ checkpoint }) => checkpoint.key),
      ),
      reclaimedBytes: known.reclaimedBytes,
      stopped: undefined,
    };
  }

  /** True while something was deleted that status does not tell yet. */
  hasNews(uid: string): boolean {
    return this.#of(uid).reclaimedBytes > 0;
  }

  /** Seconds until something of this run may be deleted; 0 = now, undefined = nothing is condemned. */
  dueIn(uid: string): Seconds | undefined {
    const since = [...this.#of(uid).condemned.values()].map((entry) => entry.since);
    if (since.length === 0) return undefined;
    const waited = (this.#setup.clock.monotonic() - Math.min(...since)) / 1000;
    return Math.max(0, this.#setup.graceSeconds - waited);
  }

  /** Deletes what is due. `isStillAsked` looks at the run once more, uncached, before the first delete. */
  async sweep({ run, objects, isStillAsked }: Sweep, signal: AbortSignal): Promise<void> {
    const known = this.#of(run.uid);
    const due = this.#due(known);
    if (due.length === 0 || !(await isStillAsked())) return;
    const failures = await objects.delete(
      due.map(({ key }) => key),
      signal,
    );
    const stayed = new Set(failures.map(({ key }) => key));
    const gone = due.filter(({ key }) => !stayed.has(key));
    known.reclaimedBytes += gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const goneKeys = new Set(gone.map(({ key }) => key));
    known.condemned = new Map([...known.condemned].filter(([key]) => !goneKeys.has(key)));
    const fields = { run: cacheKey(run) };
    if (gone.length > 0)
      this.#setup.log.info({ ...fields, deleted: [...goneKeys] }, 'deleted checkpoints that no rule keeps');
    for (const failure of failures)
      this.#setup.log.warn({ ...fields, ...failure }, 'a condemned checkpoint stayed');
  }

  #due(known: Known): readonly Checkpoint[] {
    const before = this.#setup.clock.monotonic() - this.#setup.graceSeconds * 1000;
    return [...known.condemned.values()]
      .filter(({ since }) => since <= before)
      .map(({ checkpoint }) => checkpoint);
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
    const fresh: Known = { condemned: new Map(), reclaimedBytes: 0 };
    this.#runs.set(uid, fresh);
    return fresh;
  }
}

function judged(snapshot: Omit<Snapshot, 'retention'>): ReturnType<typeof planRetention> {
  const { bucket, run } = snapshot;
  if (bucket.kind === 'Unreadable') return { kind: 'Stopped', why: bucket.message };
  return planRetention({
    runUid: run.uid,
    rules: run.spec.retention,
    bucket: bucket.facts,
    succeeded: run.status?.phase === 'Succeeded',
    startingAttempt: startingAttempt(snapshot),
    rollbackTargets: rollbackTargets(snapshot),
    dependents: snapshot.dependents,
  });
}

function rollbackTargets(snapshot: Omit<Snapshot, 'retention'>): readonly string[] {
  const plan = pendingPlan(snapshot);
  return plan?.kind === 'From' ? plan.candidates.map(({ key }) => key) : [];
}

/** The newest attempt, while it may still be choosing what to start from. */
function startingAttempt(snapshot: Omit<Snapshot, 'retention'>): number | undefined {
  const newest = viewAttempts(snapshot)[0];
  const stage = newest?.stage.stage;
  return stage === 'Absent' || stage === 'Waiting' || stage === 'Restoring'
    ? newest?.entry.number
    : undefined;
}
