// Deletes what a run's retention condemned, after the grace: only keys of this pass's complete listing, condemned without a
// break for the whole grace, never by prefix. Its memory is lost with the process, which only starts the grace again.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { noteworthy } from '../../domain/retention/notes.ts';
import type { Ruling } from '../../domain/retention/plan.ts';
import type { OperatorFlags } from '../../domain/retention/settings.ts';
import type { RunQuestion } from '../../domain/retention/run-plan.ts';
import type { Snapshot } from '../../domain/run/facts.ts';
import { type Governing, type ObservedPlan, planObserved } from '../../domain/run/observed-plan.ts';
import { nothingJudged, type RetentionFacts } from '../../domain/run/retention-facts.ts';
import type { Seconds } from '../../domain/units.ts';
import { cacheKey, type ObjectName } from '../../ports/cluster.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { DeleteFailure } from '../../ports/objects.ts';
import type { DeletionRight } from '../engine/tenure.ts';
import { Condemnation, type Condemned, type Moment } from './condemnation.ts';
import { deleteBatch, deletionsPerBatch } from './delete-batch.ts';
import type { StoredRun } from './logged-deletion.ts';

/** How soon retention that was stopped is tried again, also of a run that nobody looks at any more. */
const stoppedSeconds: Seconds = 300;

interface Known {
  readonly condemnation: Condemnation;
  /** What was deleted that status does not tell yet. */
  deleted: readonly Checkpoint[];
  /** On the monotonic clock: when time alone changes what the rules say. */
  judgeAgainAt: number | undefined;
  /** What was asked last; undefined while the bucket cannot be read. */
  question: RunQuestion<Checkpoint> | undefined;
}

export interface CollectionSetup {
  readonly clock: Clock;
  readonly log: Log;
  readonly operator: OperatorFlags;
  /** Asked before each batch. */
  readonly right: DeletionRight;
}

/** By what a run is judged. */
export interface JudgedBy extends Omit<Governing, 'operator'> {
  /** True while what capacity takes was found by other policies than there are now: it does not go. */
  readonly isTakenHeld: boolean;
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
  judge(snapshot: Omit<Snapshot, 'retention'>, governing: JudgedBy): RetentionFacts {
    const { operator } = this.#setup;
    const known = this.#of(snapshot.run.uid);
    const observed = planObserved(snapshot, { ...governing, operator });
    const { plan, settings } = observed;
    known.question = observed.question;
    const judgeAgain = plan.kind === 'Stopped' ? stoppedSeconds : plan.changesInSeconds;
    known.judgeAgainAt = judgeAgain === undefined ? undefined : this.#now().monotonic + judgeAgain * 1000;
    if (plan.kind === 'Stopped' || settings === undefined) known.condemnation.stop();
    else {
      const { approved } = snapshot.run;
      const sentence = { rulings: plan.rulings, settings, approved, isTakenHeld: governing.isTakenHeld };
      known.condemnation.note(sentence, this.#now());
    }
    return factsOf(observed, known);
  }

  /** What the newest judgement of this run rested on; undefined while its part of the bucket cannot be read. */
  question(uid: string): RunQuestion<Checkpoint> | undefined {
    return this.#of(uid).question;
  }

  /** True while something was deleted that status does not tell yet. */
  hasNews(uid: string): boolean {
    return this.#of(uid).deleted.length > 0;
  }

  /** Seconds until something of this run may be deleted; 0 = now, undefined = nothing may. */
  dueIn(uid: string): Seconds | undefined {
    return this.#secondsUntil(this.#of(uid).condemnation.nextAt()?.monotonic);
  }

  /** Seconds until this run's retention should be looked at again; undefined = only when something changes. */
  wakesIn(uid: string): Seconds | undefined {
    const judgeAgainIn = this.#secondsUntil(this.#of(uid).judgeAgainAt);
    const dueIn = this.dueIn(uid);
    if (judgeAgainIn === undefined || dueIn === undefined) return judgeAgainIn ?? dueIn;
    return Math.min(judgeAgainIn, dueIn);
  }

  #secondsUntil(at: number | undefined): Seconds | undefined {
    return at === undefined ? undefined : Math.max(0, (at - this.#setup.clock.monotonic()) / 1000);
  }

  #now(): Moment {
    const { clock } = this.#setup;
    return { monotonic: clock.monotonic(), wall: clock.now() };
  }

  /** Deletes what is due, as long as this operator may. `isStillAsked` looks at everything it rests on once more, uncached, before the first delete. */
  async sweep({ run, place, isStillAsked }: Sweep, signal: AbortSignal): Promise<void> {
    const known = this.#of(run.uid);
    const due = known.condemnation.due(this.#now());
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
    known.deleted = [...known.deleted, ...gone];
    known.condemnation.account(gone, failures, this.#now());
    this.#tell(cacheKey(run), gone, failures);
  }

  #tell(run: string, gone: readonly Checkpoint[], failures: readonly DeleteFailure[]): void {
    const { log } = this.#setup;
    const deleted = gone.map(({ key }) => key);
    if (deleted.length > 0) log.info({ run, deleted }, 'deleted checkpoints that no rule keeps');
    for (const failure of failures) log.warn({ run, ...failure }, 'a condemned checkpoint stayed');
  }

  /** What these facts say was deleted stands in status now. */
  told(uid: string, { deleted }: Pick<RetentionFacts, 'deleted'>): void {
    const known = this.#of(uid);
    const told = new Set(deleted);
    known.deleted = known.deleted.filter((one) => !told.has(one));
  }

  forget(uid: string): void {
    this.#runs.delete(uid);
  }

  #of(uid: string): Known {
    const known = this.#runs.get(uid);
    if (known !== undefined) return known;
    const condemnation = new Condemnation();
    const fresh: Known = { condemnation, deleted: [], judgeAgainAt: undefined, question: undefined };
    this.#runs.set(uid, fresh);
    return fresh;
  }
}

const withVerdict = (
  rulings: readonly Ruling<Checkpoint>[],
  verdict: Ruling['verdict'],
): readonly Ruling<Checkpoint>[] => rulings.filter((ruling) => ruling.verdict === verdict);

const keysOf = (rulings: readonly Ruling<Checkpoint>[]): ReadonlySet<string> =>
  new Set(rulings.map(({ checkpoint }) => checkpoint.key));

function factsOf(observed: ObservedPlan, { condemnation, deleted }: Known): RetentionFacts {
  const { plan, settings, policies, stop, auditStopped } = observed;
  const reclaimedBytes = deleted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const common = { ...nothingJudged, deleted, reclaimedBytes, policies: policies.map(({ name }) => name) };
  if (plan.kind === 'Stopped') return { ...common, stopped: stop };
  const audited = plan.rulings.filter(
    ({ verdict, audit }) => verdict === 'Keep' && audit?.verdict === 'Condemned',
  );
  const untold = auditStopped === undefined ? [] : [notAudited(auditStopped)];
  return {
    ...common,
    condemnedKeys: condemnation.keys(),
    lockedKeys: keysOf(withVerdict(plan.rulings, 'Locked')),
    auditedKeys: keysOf(audited),
    waiting: condemnation.waiting,
    nextDeletionAt: condemnation.nextAt()?.wall,
    graceSeconds: settings?.graceSeconds.value,
    notes: [...noteworthy(plan), ...untold],
    refused: condemnation.refused,
    heldByLock: condemnation.heldByLock,
  };
}

const notAudited = (why: string): string =>
  `What policies of mode Audit would take cannot be said: ${why.replace(/\.$/, '')}.`;
