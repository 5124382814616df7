// Deletes what a run that is gone left once a policy's time for it is over: after the grace, when nobody can need it, by the keys of this
// pass's complete listing, each written down before, run.json last. While it goes nobody can take it over, and the policy may change its mind.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import type { DeletionIntent } from '../../domain/bucket/deletion-intent.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { type Outcome, settled, waiting } from '../../domain/outcome.ts';
import type { Seconds } from '../../domain/units.ts';
import { namespaces } from '../../ports/kinds.ts';
import { Condemnation, type Condemned, type Moment } from './condemnation.ts';
import { deleteBatch, deletionsPerBatch } from './delete-batch.ts';
import { whoNeedsIt } from './deletion-need.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { clearAway } from './final-clearing.ts';
import type { Left } from './left-place.ts';
import { lookAtOrphan, type OrphanLook } from './orphan-look.ts';
import { begin, type FoundMarker, letGo } from './run-json.ts';
import { formatStoreRun } from '../../domain/store/store-run.ts';

/** How soon it is looked again whether somebody still needs it. */
const lookAgainSeconds: Seconds = 30;

/** How soon what stops everything is looked at again. */
const stoppedSeconds: Seconds = 300;

type Judged = Extract<OrphanLook, { kind: 'Judged' }>;

export class OrphanDeletion {
  readonly #world: DeletionWorld;
  readonly #known = new Map<string, Known>();

  constructor(world: DeletionWorld) {
    this.#world = world;
  }

  /** One pass over the place: deletes what is due there, or says when to look again. */
  async pass(left: Left, signal: AbortSignal): Promise<Outcome> {
    const place = formatStoreRun(left.place);
    const known = this.#of(place, left.found.document.runUid);
    const { condemnation } = known;
    const look = await lookAtOrphan(this.#world, left, signal);
    if (look.kind === 'Stopped') {
      condemnation.stop();
      known.emptySince = undefined;
      this.#world.log.warn(
        { run: place, why: look.why },
        'nothing is deleted of what a run that is gone left',
      );
      return waiting(stoppedSeconds);
    }
    this.#note(place, condemnation, look);
    if (condemnation.keys().size === 0) return this.#nothingGoes(left, look, signal);
    const next = this.#secondsTo(condemnation);
    // What waits for a word is looked at again once it is given.
    if (next === undefined) return settled();
    return next > 0 ? waiting(next) : this.#execute({ left, look, condemnation }, signal);
  }

  /** Nothing is condemned: either it is all gone but for the last of it, or no policy asks any more. */
  async #nothingGoes(left: Left, look: Judged, signal: AbortSignal): Promise<Outcome> {
    const { place, found: marker } = left;
    const { rulings } = look;
    const intent = wishIn(left);
    if (intent === undefined && rulings.length === 0 && look.isOver)
      return this.#clearEmpty(left, look, signal);
    this.forget(formatStoreRun(place));
    if (intent === undefined) return settled();
    if (rulings.some(({ reasons }) => !reasons.includes('Pinned'))) return this.#letGo(left, signal);
    const needed = { place, uid: marker.document.runUid, mayGoOn: false, mayStart: true };
    if ((await whoNeedsIt(this.#world.cluster, needed, signal)) !== undefined)
      return waiting(lookAgainSeconds);
    const found = { ...marker, intent };
    return clearAway(this.#world, { ...left, found }, signal);
  }

  /** A place without a checkpoint: its documents go, as checkpoints would, after the grace and when nobody can need it. */
  async #clearEmpty(left: Left, look: Judged, signal: AbortSignal): Promise<Outcome> {
    const known = this.#of(formatStoreRun(left.place), left.found.document.runUid);
    const now = this.#now().monotonic;
    known.emptySince ??= now;
    const next = look.settings.graceSeconds.value - (now - known.emptySince) / 1000;
    if (next > 0) return waiting(next);
    const notYet = await this.#whyNotYet(left, look, signal);
    if (notYet !== undefined) return notYet;
    const found = await begin(left.open.objects, { prefix: left.prefix, found: wishOf(left, look) }, signal);
    return clearAway(this.#world, { ...left, found }, signal);
  }

  #secondsTo(condemnation: Condemnation): Seconds | undefined {
    const next = condemnation.nextAt();
    return next === undefined ? undefined : (next.monotonic - this.#now().monotonic) / 1000;
  }

  /** The place is no more, or has become another's. */
  forget(place: string): void {
    this.#known.delete(place);
    this.#world.orphans.note(place, undefined);
  }

  #note(place: string, condemnation: Condemnation, { rulings, settings, isTakenHeld }: Judged): void {
    const approved = this.#world.orphans.approved(place);
    condemnation.note({ rulings, settings, approved, isTakenHeld }, this.#now());
    this.#tell(place, condemnation);
  }

  #tell(place: string, condemnation: Condemnation): void {
    const { waiting: asked, heldByLock } = condemnation;
    this.#world.orphans.note(place, {
      waiting: asked === undefined ? undefined : { digest: asked.digest, count: asked.keys.size },
      heldByLock,
      nextDeletionAt: condemnation.nextAt()?.wall,
    });
  }

  async #execute({ left, look, condemnation }: Execution, signal: AbortSignal): Promise<Outcome> {
    const notYet = await this.#whyNotYet(left, look, signal);
    if (notYet !== undefined) return notYet;
    const found = await begin(left.open.objects, { prefix: left.prefix, found: wishOf(left, look) }, signal);
    const gone = await this.#deleteDue({ left, look, condemnation }, signal);
    this.#tell(formatStoreRun(left.place), condemnation);
    if (!gone) return waiting(lookAgainSeconds);
    if (condemnation.keys().size > 0)
      return waiting(Math.max(1, this.#secondsTo(condemnation) ?? lookAgainSeconds));
    return clearAway(this.#world, { ...left, found }, signal);
  }

  /** What is to be done instead while something keeps what is due; undefined = nothing does. */
  async #whyNotYet(left: Left, look: Judged, signal: AbortSignal): Promise<Outcome | undefined> {
    const run = formatStoreRun(left.place);
    const hindrance = await this.#hindranceOf(left, look, signal);
    if (hindrance !== undefined) {
      this.#world.log.info({ run, hindrance }, 'what a run that is gone left stays for now');
      return wishIn(left) === undefined ? waiting(lookAgainSeconds) : this.#letGo(left, signal);
    }
    if (!left.open.capabilities.conditionalPut) {
      this.#world.log.warn({ run }, withoutConditions);
      return waiting(stoppedSeconds);
    }
    return undefined;
  }

  /** False when this operator may delete nothing now. */
  async #deleteDue({ left, condemnation }: Execution, signal: AbortSignal): Promise<boolean> {
    const { clock, right, log } = this.#world;
    const { objects, capabilities } = left.open;
    const place = { objects, prefix: left.prefix, versioning: capabilities.versioning };
    const due = condemnation.due(this.#now());
    for (let from = 0; from < due.length; from += deletionsPerBatch) {
      const batch = due.slice(from, from + deletionsPerBatch);
      const deletions = batch.map(({ checkpoint, reasons }) => ({ ...checkpoint, reasons }));
      const failures = await deleteBatch({ place, deletions, right, clock }, signal);
      if (failures === undefined) return false;
      const went = goneOf(batch, new Set(failures.map(({ key }) => key)));
      condemnation.account(went, failures, this.#now());
      const run = formatStoreRun(left.place);
      if (went.length > 0)
        log.info({ run, deleted: went.map(({ key }) => key) }, 'deleted checkpoints of a run that is gone');
      for (const failure of failures) log.warn({ run, ...failure }, 'a condemned checkpoint stayed');
    }
    return true;
  }

  /** Why nothing goes now though it is due; undefined = all that was judged still stands. */
  async #hindranceOf(left: Left, { governed }: Judged, signal: AbortSignal): Promise<string | undefined> {
    const { cluster, policies } = this.#world;
    const { place, found } = left;
    const { runUid: uid, namespaceLabels } = found.document;
    const need = await whoNeedsIt(cluster, { place, uid, mayGoOn: true, mayStart: true }, signal);
    if (need !== undefined) return need;
    if (!(await policies.isCurrent(governed.reading.version, signal))) return 'the policies have changed';
    const there = await cluster.get(namespaces, { name: place.namespace }, signal);
    const labels = there === undefined ? namespaceLabels : (there.metadata.labels ?? {});
    const isSame = fingerprintOf(labels) === fingerprintOf(governed.selectable.namespaceLabels);
    return isSame ? undefined : 'the labels of the namespace have changed';
  }

  async #letGo(left: Left, signal: AbortSignal): Promise<Outcome> {
    await letGo(left.open.objects, left, signal);
    const run = formatStoreRun(left.place);
    this.#world.log.info({ run }, 'no policy asks any more for what a run that is gone left: it stays');
    return waiting(lookAgainSeconds);
  }

  #of(place: string, uid: string): Known {
    const before = this.#known.get(place);
    if (before?.uid === uid) return before;
    const known = { uid, condemnation: new Condemnation(), emptySince: undefined };
    this.#known.set(place, known);
    return known;
  }

  #now(): Moment {
    const { clock } = this.#world;
    return { monotonic: clock.monotonic(), wall: clock.now() };
  }
}

interface Known {
  readonly uid: string;
  readonly condemnation: Condemnation;
  /** Since when there is no checkpoint and the time is over, on the monotonic clock. */
  emptySince: number | undefined;
}

interface Execution {
  readonly left: Left;
  readonly look: Judged;
  readonly condemnation: Condemnation;
}

/** What a policy has begun to delete there; undefined = nothing, or all is gone but what pins hold. */
function wishIn({ found }: Left): DeletionIntent | undefined {
  const { deletion } = found.document;
  return deletion?.byPolicy === true && deletion.finished !== true ? deletion : undefined;
}

/** run.json as it is once a policy has its way. */
function wishOf({ found }: Left, { highestAttempt: upToAttempt }: Judged): FoundMarker {
  const { runUid, deletion } = found.document;
  const begun = deletion?.byPolicy === true && deletion.begun && deletion.upToAttempt >= upToAttempt;
  return { ...found, intent: { runUid, upToAttempt, begun, byPolicy: true } };
}

const goneOf = (batch: readonly Condemned[], stayed: ReadonlySet<string>): readonly Checkpoint[] =>
  batch.map(({ checkpoint }) => checkpoint).filter(({ key }) => !stayed.has(key));

const withoutConditions =
  'the store has no conditional writes, without which a new run could take over what goes: what a run that is gone left stays; delete it by hand';
