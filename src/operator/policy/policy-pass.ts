// One plan of all runs and of what runs that are gone left: what capacities take, whom that concerns, and what each policy comes to. It deletes
// nothing: each run, and each place, judges itself once more before. It plans in slices, over what was known at one moment.
import { type Outcome, settled, waiting } from '../../domain/outcome.ts';
import type { Policies } from '../../domain/retention/policies.ts';
import { type RetentionPolicy, type Selectable, selects } from '../../domain/retention/policy.ts';
import { binding } from '../../domain/retention/settings.ts';
import { planningStore } from '../../domain/retention/store-plan.ts';
import { type RunToCount, uncountedRuns } from '../../domain/retention/uncounted.ts';
import type { Seconds } from '../../domain/units.ts';
import { cacheKey } from '../../ports/cluster.ts';
import { inSlices } from '../engine/slices.ts';
import { parseStoreRun } from '../../domain/store/store-run.ts';
import { saysTheSame, type Taken } from '../sweep/capacity-taken.ts';
import { OrphanApproval } from './orphan-approval.ts';
import { findings, type Planned } from './policy-plan.ts';
import { PolicyTelling } from './policy-telling.ts';
import { runsToCount, viewOf } from './policy-view.ts';
import type { PolicyWorld } from './policy-world.ts';

/** How soon all is planned again though nothing asks for it. */
const againSeconds: Seconds = 600;

/** So long what a capacity took before stays taken while its runs cannot be counted: after every sweep some are not, for a while. */
const patienceSeconds: Seconds = 900;

/** How soon all is planned afresh when what was planned with does not hold any more at the end. */
const afreshSeconds: Seconds = 5;

type Uncounted = ReadonlyMap<string, readonly RunToCount[]>;

export class PolicyPass {
  readonly #world: PolicyWorld;
  readonly #approval: OrphanApproval;
  readonly #telling: PolicyTelling;
  /** The policies for whose capacity something is being taken. */
  #evicting: ReadonlySet<string> = new Set();
  /** The policies of the newest plan. */
  #reading: Policies | undefined;
  /** Since when each policy's runs cannot be counted, by the monotonic clock. */
  #uncountedSince: ReadonlyMap<string, number> = new Map();
  /** What was asked for last, by place. */
  #asked: ReadonlyMap<string, string> = new Map();

  constructor(world: PolicyWorld) {
    this.#world = world;
    this.#approval = new OrphanApproval(world);
    this.#telling = new PolicyTelling(world);
  }

  /** Plans everything and tells it. @throws ClusterError when a status cannot be written */
  async pass(signal: AbortSignal): Promise<Outcome> {
    const reading = this.#world.policies.current();
    if (reading.kind === 'Unread') return settled();
    const planned = await this.#plan(reading, signal);
    if (!this.#isStillTrue(planned)) return waiting(afreshSeconds);
    this.#note(planned);
    this.#take(planned);
    const digests = this.#approval.judge(planned);
    this.#askForOrphans(planned);
    await this.#telling.tell({ planned, digests }, signal);
    return reading.understood.length + reading.unreadable.length === 0 ? settled() : waiting(againSeconds);
  }

  async #plan(reading: Policies, signal: AbortSignal): Promise<Planned> {
    const { operator, clock } = this.#world;
    // At one go: what changes while it is planned belongs to the next plan.
    const view = viewOf(this.#world, reading.version);
    const policies = reading.understood;
    const uncounted = uncountedRuns(policies, view.toCount);
    const question = {
      runs: view.runs.map(({ question: run }) => run),
      orphans: view.orphans.map(({ question: orphan }) => orphan),
      policies,
      operator,
      uncounted: new Set(uncounted.keys()),
      evicting: this.#evictingStill(reading),
    };
    const plan = await inSlices(planningStore(question, findings), clock, signal);
    return { reading, view, plan, uncounted };
  }

  /** The policies for whose capacity something is being taken and that were not changed since. */
  #evictingStill(now: Policies): ReadonlySet<string> {
    const before = this.#reading;
    if (before === undefined) return this.#evicting;
    return new Set([...this.#evicting].filter((name) => saysTheSame(name, before, now)));
  }

  /** False once the policies are others, or there is a run that may weigh on a capacity and that nobody could count. */
  #isStillTrue({ reading, uncounted }: Planned): boolean {
    if (this.#world.policies.current() !== reading) return false;

    const now: Uncounted = uncountedRuns(reading.understood, runsToCount(this.#world, reading.version));
    return [...now.keys()].every((policy) => uncounted.has(policy));
  }

  /** Remembers for which capacities something is being taken, and since when others cannot be judged. */
  #note({ reading, plan, uncounted }: Planned): void {
    const before = this.#evictingStill(reading);
    this.#reading = reading;
    const now = this.#world.clock.monotonic();
    this.#uncountedSince = new Map(
      [...uncounted.keys()].map((name) => [name, this.#uncountedSince.get(name) ?? now]),
    );
    const underWay = plan.capacities.filter(({ evicted }) => evicted > 0).map(({ policy }) => policy);
    this.#evicting = new Set([...underWay, ...[...before].filter((name) => uncounted.has(name))]);
  }

  /** Notes what capacities take, and asks those whom that concerns to look. */
  #take({ reading, view, plan }: Planned): void {
    const whose = [
      ...view.runs.map(({ object: { metadata }, question }) => ({ uid: metadata.uid, of: question })),
      ...view.orphans.map(({ left: { marker }, question }) => ({ uid: marker.runUid, of: question })),
    ];
    const found = [...plan.runs, ...plan.orphans].flatMap(({ taken: keys }, at) => {
      const { uid, of } = whose[at] ?? {};
      const policy = of === undefined ? undefined : takerFrom(reading, of);
      if (uid === undefined || policy === undefined || keys.length === 0) return [];
      return [[uid, { keys, policy: policy.name, by: reading }] as const];
    });
    const before = this.#takenBefore(
      reading,
      whose.map(({ uid }) => uid),
    );
    const concerned = new Set(this.#world.capacityTaken.note(new Map([...found, ...before])));
    for (const { object } of view.runs)
      if (concerned.has(object.metadata.uid)) this.#world.onRunConcerned(cacheKey(object.metadata));
  }

  /** What was taken before and stays taken, while nobody can say what is taken now. */
  #takenBefore(reading: Policies, uids: readonly string[]): readonly (readonly [string, Taken])[] {
    const latest = this.#world.clock.monotonic() - patienceSeconds * 1000;
    return uids.flatMap((uid) => {
      const taken = this.#world.capacityTaken.of(uid, reading);
      const isWaitedFor = (this.#uncountedSince.get(taken?.policy ?? '') ?? -Infinity) > latest;
      return taken === undefined || !isWaitedFor ? [] : [[uid, taken] as const];
    });
  }

  /** Asks for a pass over each place of which something new is to go; what was asked for before looks by itself. */
  #askForOrphans({ reading, view, plan }: Planned): void {
    const wanted = plan.orphans.flatMap(({ condemned: keys, isToClear }, at) => {
      const place = view.orphans[at]?.place;
      if (place === undefined || (keys.length === 0 && !isToClear)) return [];
      const approved = this.#world.orphans.approved(place) ?? '';
      return [[place, `${reading.version} ${approved} ${keys.join(' ')}`] as const];
    });
    for (const [place, what] of wanted)
      if (this.#asked.get(place) !== what) this.#world.onOrphanConcerned(parseStoreRun(place));
    this.#asked = new Map(wanted);
  }
}

/** The policy whose capacity takes of what is selected so; one at most has one. */
const takerFrom = ({ understood }: Policies, selectable: Selectable): RetentionPolicy | undefined =>
  binding(understood, 'Enforced').find(
    (policy) => policy.capacity !== undefined && selects(policy, selectable),
  );
