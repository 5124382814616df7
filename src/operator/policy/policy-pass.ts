// One plan of all runs and of what runs that are gone left: what capacities take, whom that concerns, and what each policy comes to. It deletes
// nothing: each run, and each place, judges itself once more before.
import { type Outcome, settled, waiting } from '../../domain/outcome.ts';
import type { Policies } from '../../domain/retention/policies.ts';
import { selects } from '../../domain/retention/policy.ts';
import { planStore } from '../../domain/retention/store-plan.ts';
import { uncountedRuns } from '../../domain/retention/uncounted.ts';
import type { Seconds } from '../../domain/units.ts';
import { cacheKey } from '../../ports/cluster.ts';
import { parseStoreRun } from '../sweep/store-run.ts';
import { OrphanApproval } from './orphan-approval.ts';
import { condemnedIn, type Planned, takenIn } from './policy-plan.ts';
import { PolicyTelling } from './policy-telling.ts';
import { viewOf } from './policy-view.ts';
import type { PolicyWorld } from './policy-world.ts';

/** How soon all is planned again though nothing asks for it. */
const againSeconds: Seconds = 600;

/** So long what a capacity took before stays taken while its runs cannot be counted: after every sweep some are not, for a while. */
const patienceSeconds: Seconds = 900;

export class PolicyPass {
  readonly #world: PolicyWorld;
  readonly #approval: OrphanApproval;
  readonly #telling: PolicyTelling;
  /** The policies for whose capacity something is being taken. */
  #evicting: ReadonlySet<string> = new Set();
  #version: string | undefined;
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
    const planned = this.#plan(reading);
    this.#take(planned);
    const digests = this.#approval.judge(planned);
    this.#askForOrphans(planned);
    await this.#telling.tell({ planned, digests }, signal);
    return reading.understood.length + reading.unreadable.length === 0 ? settled() : waiting(againSeconds);
  }

  #plan(reading: Policies): Planned {
    const { operator } = this.#world;
    const view = viewOf(this.#world, reading.version);
    const policies = reading.understood;
    const uncounted = uncountedRuns(policies, view.toCount);
    if (this.#version !== reading.version) this.#evicting = new Set();
    this.#version = reading.version;
    const plan = planStore({
      runs: view.runs.map(({ question }) => question),
      orphans: view.orphans.map(({ question }) => question),
      policies,
      operator,
      uncounted: new Set(uncounted.keys()),
      evicting: this.#evicting,
    });
    const now = this.#world.clock.monotonic();
    this.#uncountedSince = new Map(
      [...uncounted.keys()].map((name) => [name, this.#uncountedSince.get(name) ?? now]),
    );
    const underWay = plan.capacities.filter(({ evicted }) => evicted > 0).map(({ policy }) => policy);
    this.#evicting = new Set([...underWay, ...[...this.#evicting].filter((name) => uncounted.has(name))]);
    return { reading, view, plan, uncounted };
  }

  /** Notes what capacities take, and asks those whom that concerns to look. */
  #take({ reading, view, plan }: Planned): void {
    const { version } = reading;
    const ofRuns = plan.runs.map(
      (run, at) => [view.runs[at]?.object.metadata.uid, takenIn(run.plan)] as const,
    );
    const ofOrphans = plan.orphans.map(
      (orphan, at) => [view.orphans[at]?.left.marker.runUid, takenIn(orphan.plan)] as const,
    );
    const before = this.#takenBefore(reading).flatMap((policy) =>
      view.runs
        .filter(({ question }) => selects(policy, question))
        .map(
          ({ object: { metadata } }) =>
            [metadata.uid, this.#world.capacityTaken.of(metadata.uid, version)] as const,
        ),
    );
    const taken = new Map(
      [...ofRuns, ...ofOrphans, ...before].flatMap(([uid, keys]) =>
        uid === undefined || keys.size === 0 ? [] : [[uid, keys] as const],
      ),
    );
    const concerned = new Set(this.#world.capacityTaken.note({ version, taken }));
    for (const { object } of view.runs)
      if (concerned.has(object.metadata.uid)) this.#world.onRunConcerned(cacheKey(object.metadata));
  }

  /** The policies of which what was taken before stays taken. */
  #takenBefore({ understood }: Policies): Policies['understood'] {
    const latest = this.#world.clock.monotonic() - patienceSeconds * 1000;
    return understood.filter(({ name }) => (this.#uncountedSince.get(name) ?? -Infinity) > latest);
  }

  /** Asks for a pass over each place of which something new is to go; what was asked for before looks by itself. */
  #askForOrphans({ reading, view, plan }: Planned): void {
    const wanted = plan.orphans.flatMap((orphan, at) => {
      const place = view.orphans[at]?.place;
      const keys = condemnedIn(orphan.plan).map(({ checkpoint }) => checkpoint.key);
      if (place === undefined || keys.length === 0) return [];
      const approved = this.#world.orphans.approved(place) ?? '';
      return [[place, `${reading.version} ${approved} ${keys.join(' ')}`] as const];
    });
    for (const [place, what] of wanted)
      if (this.#asked.get(place) !== what) this.#world.onOrphanConcerned(parseStoreRun(place));
    this.#asked = new Map(wanted);
  }
}
