// What one run that is gone left in the stores, planned by the function that the sweep decides with, and when time alone gives a checkpoint
// of it another verdict. Reads only.
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { mayGoAt, orphanRuleOf, type OrphanQuestion } from '../domain/retention/orphans.ts';
import { type RetentionPolicy, selects } from '../domain/retention/policy.ts';
import { planOrphan } from '../domain/retention/run-plan.ts';
import { binding, defaultFlags } from '../domain/retention/settings.ts';
import type { CheckpointName } from '../domain/retention/standing.ts';
import { planStore, type StorePlan } from '../domain/retention/store-plan.ts';
import type { Instant } from '../domain/units.ts';
import { ClusterError } from '../ports/cluster.ts';
import { planOver } from './cluster-plan.ts';
import { CommandError } from './errors.ts';
import { type Governance, observeGovernance } from './governance-observation.ts';
import type { Hypothesis } from './hypothesis.ts';
import { type AskedOrphan, type OrphanFindings, searchOrphans } from './orphan-search.ts';
import { type ShownRun, takenForCapacity, viewPlan } from './plan-view.ts';
import type { Asking } from './reach.ts';
import { isNamed, type VerdictChange } from './verdict-change.ts';

export interface LeftRun {
  readonly run: ShownRun;
  readonly store: string;
  readonly question: OrphanQuestion<Checkpoint>;
  readonly policies: readonly RetentionPolicy[];
  /** For which time, by the store's clock. */
  readonly at: Instant;
}

export interface LeftWish {
  readonly name: string;
  readonly namespace: string;
  readonly hypothesis: Hypothesis;
}

/** What it left, one for each store; none where nothing is found. @throws CommandError where no policy is asked about it */
export async function observeLeft(
  asking: Asking,
  { name, namespace, hypothesis }: LeftWish,
  signal: AbortSignal,
): Promise<readonly LeftRun[]> {
  const governance = await observeGovernance(asking, hypothesis, signal);
  const { policies } = governance;
  const only = `${namespace}/${name}`;
  const { orphans } = await searchFor(asking, { store: undefined, namespace, policies, only }, signal);
  const left: LeftRun[] = [];
  for (const { store, question } of orphans) {
    if ('why' in question)
      throw new CommandError(
        `the run ${only} is gone; what it left in the store ${store.metadata.name} ${question.isWished ? '' : 'stays: '}${question.why}`,
      );
    const { at } = hypothesis;
    const asked = { store, question: at === undefined ? question : { ...question, storeTime: at } };
    left.push(...(await judge(asking, asked, { governance, namespace, hypothesis, signal })));
  }
  return left;
}

interface Judging {
  readonly governance: Governance;
  readonly namespace: string;
  readonly hypothesis: Hypothesis;
  readonly signal: AbortSignal;
}

async function judge(
  asking: Asking,
  { store, question }: AskedOrphan,
  judging: Judging,
): Promise<readonly LeftRun[]> {
  const { governance, hypothesis } = judging;
  const { operator, evicting } = governance;
  const policies = governance.policies.understood;
  const alone = { runs: [], orphans: [question] };
  const plan =
    (await planAmongAll(asking, { store, question }, judging)) ??
    planStore({ ...alone, policies, operator, evicting });
  const { runs, at } = viewPlan(alone, plan, hypothesis.at ?? asking.world.clock.now());
  return runs.map((run) => {
    const evicted = takenForCapacity(run);
    return { run, store: store.metadata.name, question: { ...question, evicted }, policies, at };
  });
}

/** Where a capacity counts it, what is taken of it rests on all that the policy selects; undefined = none does. */
async function planAmongAll(
  asking: Asking,
  { store, question }: AskedOrphan,
  { governance, namespace, hypothesis, signal }: Judging,
): Promise<StorePlan<Checkpoint> | undefined> {
  const limiting = governance.policies.understood.find(
    (policy) => policy.capacity !== undefined && policy.mode !== 'Off' && selects(policy, question),
  );
  if (limiting === undefined) return undefined;
  const wish = { is: 'Policy', policy: limiting.name } as const;
  const { plan, left } = await planOver(asking, { wish, hypothesis, namespace }, signal);
  const nth = left.findIndex(
    (one) => one.store.metadata.name === store.metadata.name && one.question.prefix === question.prefix,
  );
  return nth < 0 ? undefined : { ...plan, runs: [], orphans: plan.orphans.slice(nth, nth + 1) };
}

async function searchFor(
  asking: Asking,
  search: Parameters<typeof searchOrphans>[1],
  signal: AbortSignal,
): Promise<Pick<OrphanFindings, 'orphans'>> {
  const unjudged = 'whether a run of this name that is gone left anything';
  try {
    const found = await searchOrphans(asking, search, signal);
    for (const cause of found.unread)
      asking.reach.note({ missing: 'look into every store', unjudged }, cause);
    return found;
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
    asking.reach.note({ missing: 'list namespaces, stores and runs of the whole cluster', unjudged }, cause);
    return { orphans: [] };
  }
}

/** The next other verdict by the store's clock, if nothing else changes: the run's time is over then, or a pin's. */
export function nextLeftVerdict(
  { question, policies }: Pick<LeftRun, 'question' | 'policies'>,
  name: CheckpointName,
): VerdictChange | undefined {
  const { storeTime, pins = [] } = question;
  if (storeTime === undefined) return undefined;
  const verdictAt = (at: Instant): VerdictChange | undefined => {
    const { plan } = planOrphan({ ...question, storeTime: at }, { policies, operator: defaultFlags });
    if (plan.kind === 'Stopped') return undefined;
    const ruling = plan.rulings.find(({ checkpoint }) => isNamed(checkpoint, name));
    return ruling && { at, verdict: ruling.verdict, reasons: ruling.reasons };
  };
  const inForce = binding(policies, 'Enforced').filter((policy) => selects(policy, question));
  const moments = [mayGoAt(question, orphanRuleOf(inForce)), ...pins.map(({ until }) => until)];
  const now = verdictAt(storeTime);
  return moments
    .flatMap((at) => (at !== undefined && at > storeTime ? [at] : []))
    .toSorted((a, b) => a - b)
    .flatMap((at) => verdictAt(at) ?? [])
    .find(({ verdict }) => verdict !== now?.verdict);
}
