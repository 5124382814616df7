// A plan of retention for a run, or for all that a policy selects, from the cluster and the bucket as they are. Where a policy limits
// what several runs hold together, all of them are looked at, and what runs that are gone left. Reads only.
import { type RetentionPolicy, selects } from '../domain/retention/policy.ts';
import type { Policies } from '../domain/retention/policies.ts';
import type { RunQuestion } from '../domain/retention/run-plan.ts';
import { planStore, type StorePlan } from '../domain/retention/store-plan.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { runFacts } from '../observation/run-facts.ts';
import { namespaces } from '../ports/kinds.ts';
import { findRun, withCluster } from './cluster-access.ts';
import type { CommandInput } from './command.ts';
import { CommandError } from './errors.ts';
import { type Governance, observeGovernance } from './governance-observation.ts';
import type { Hypothesis } from './hypothesis.ts';
import { type PlanView, type ShownRun, viewPlan } from './plan-view.ts';
import { priceOf, type Prices } from './prices.ts';
import { type Asking, type Gap, Reach } from './reach.ts';
import { type AskedOrphan, observeOrphans } from './orphan-search.ts';
import { type Candidate, observeCandidates, observeQuestion } from './plan-observation.ts';
import type { CliWorld } from './world.ts';

export type ClusterWish =
  | { readonly is: 'Run'; readonly name: string }
  | { readonly is: 'Policy'; readonly policy: string };

export interface ClusterPlan {
  readonly view: PlanView;
  readonly gaps: readonly Gap[];
  /** What was asked about each run that was looked at. */
  readonly questions: readonly RunQuestion<Checkpoint>[];
  /** The plan of all that was looked at, also of what is not shown; its runs stand in the order of the questions. */
  readonly plan: StorePlan<Checkpoint>;
  /** What was asked about runs that are gone, in the order of the plan's orphans. */
  readonly left: readonly AskedOrphan[];
  /** By which it was planned. */
  readonly policies: readonly RetentionPolicy[];
}

interface Question {
  readonly wish: ClusterWish;
  readonly hypothesis: Hypothesis;
}

/** The plan of what was wished for. @throws CommandError, ClusterError when not even the runs can be read */
export const planCluster = async (
  { world, input }: { readonly world: CliWorld; readonly input: CommandInput },
  question: Question,
  signal: AbortSignal,
): Promise<ClusterPlan> =>
  withCluster(world, input, async (cluster, namespace) =>
    planOver({ world, input, cluster, reach: new Reach() }, { ...question, namespace }, signal),
  );

/** The same, over a cluster that is open. */
export async function planOver(
  asking: Asking,
  { wish, hypothesis, namespace }: Question & { readonly namespace: string },
  signal: AbortSignal,
): Promise<ClusterPlan> {
  const governance = await observeGovernance(asking, hypothesis, signal);
  const { operator, evicting } = governance;
  const policies = governance.policies.understood;
  const wished = await candidatesOf(asking, { wish, namespace, policies: governance.policies }, signal);
  const questions = await askAll(asking, { ...wished, ...governance, hypothesis }, signal);
  const left = await askOrphans(asking, { ...wished, ...governance, hypothesis, namespace }, signal);
  const asked = { runs: questions, orphans: left.map(({ question }) => question) };
  const plan = planStore({ ...asked, policies, operator, evicting });
  const view = viewPlan(asked, plan, hypothesis.at ?? asking.world.clock.now());
  const extras = new Map([
    ...wished.shown.map((one) => [nameOf(one), extrasOf(one, governance.prices, hypothesis)] as const),
    ...left.flatMap((one) => leftExtras(one, wished.policy)),
  ]);
  const runs = view.runs.flatMap((run) => {
    const more = extras.get(`${run.name.namespace}/${run.name.run}`);
    return more === undefined ? [] : [{ ...run, ...more }];
  });
  const leftAsked = isSupposed(hypothesis)
    ? undefined
    : governance.asking.find((one) => one.policy === wished.policy?.name);
  return { view: { ...view, runs, leftAsked }, gaps: asking.reach.gaps, questions, plan, left, policies };
}

const isSupposed = ({ rules, policies, at }: Hypothesis): boolean =>
  rules !== undefined || policies.length > 0 || at !== undefined;

/** What is told of a run beside its plan. */
type Extras = Pick<ShownRun, 'asked' | 'pricePerGiBMonth' | 'reclaimedBytes'>;

/** What the run asks for is told unless other rules or another time are supposed. */
function extrasOf({ facts: { spec, status } }: Candidate, prices: Prices, hypothesis: Hypothesis): Extras {
  return {
    asked: isSupposed(hypothesis) ? undefined : status?.retention?.approval,
    pricePerGiBMonth: prices(status?.store ?? spec.store),
    reclaimedBytes: status?.totals.reclaimedBytes,
  };
}

/** Nothing unless a policy was wished for, and it selects what is left. */
function leftExtras(
  { question, store }: AskedOrphan,
  policy: RetentionPolicy | undefined,
): readonly (readonly [string, Extras])[] {
  if (policy === undefined || !selects(policy, question)) return [];
  return [[`${question.name.namespace}/${question.name.run}`, { pricePerGiBMonth: priceOf(store) }]];
}

const nameOf = ({ facts }: Candidate): string => `${facts.namespace}/${facts.name}`;

interface Wished {
  /** That was wished for. */
  readonly policy: RetentionPolicy | undefined;
  /** Those that speak of what runs that are gone left, and thereby of what is shown. */
  readonly reaching: readonly RetentionPolicy[];
  /** To be told of. */
  readonly shown: readonly Candidate[];
  /** To be planned: those, and whoever shares a capacity with them. */
  readonly planned: readonly Candidate[];
  readonly others: Parameters<typeof observeQuestion>[2]['judging']['others'];
}

interface Sought {
  readonly wish: ClusterWish;
  readonly namespace: string;
  readonly policies: Policies;
}

async function candidatesOf(asking: Asking, sought: Sought, signal: AbortSignal): Promise<Wished> {
  const { wish } = sought;
  return wish.is === 'Run'
    ? await ofRun(asking, { ...sought, name: wish.name }, signal)
    : await ofPolicy(asking, { name: wish.policy, policies: sought.policies }, signal);
}

async function ofRun(
  asking: Asking,
  { name, namespace, policies }: Sought & { readonly name: string },
  signal: AbortSignal,
): Promise<Wished> {
  const { run } = await findRun(asking.cluster, { name, namespace }, signal);
  const facts = { ...runFacts(run), namespace };
  const own: Candidate = { facts, namespaceLabels: await labelsOf(asking, namespace, signal) };
  const sharing = policies.understood.filter(
    (policy) => policy.capacity !== undefined && isSelected(policy, own),
  );
  const all = await observeCandidates(asking, sharing.length === 0 ? namespace : undefined, signal);
  const sharers = (all?.candidates ?? []).filter(
    (one) => nameOf(one) !== nameOf(own) && sharing.some((policy) => isSelected(policy, one)),
  );
  return {
    policy: undefined,
    reaching: sharing,
    shown: [own],
    planned: [own, ...sharers],
    others: all?.objects ?? [],
  };
}

async function ofPolicy(
  asking: Asking,
  { name, policies }: { readonly name: string; readonly policies: Policies },
  signal: AbortSignal,
): Promise<Wished> {
  const policy = policyNamed(name, policies);
  const all = await observeCandidates(asking, undefined, signal);
  if (all === undefined)
    throw new CommandError(
      `you may not list the TTSTrainingRuns of every namespace, so that nobody can say which of them the policy ${policy.name} selects: ask for that right, or plan a run by its name`,
    );
  const shown = all.candidates.filter((one) => isSelected(policy, one));
  const sharing = policies.understood.filter(
    (other) => other.capacity !== undefined && shown.some((one) => isSelected(other, one)),
  );
  const planned = all.candidates.filter((one) =>
    [policy, ...sharing].some((other) => isSelected(other, one)),
  );
  const speaks = policy.orphans !== undefined || policy.capacity !== undefined;
  const reaching = [...(speaks ? [policy] : []), ...sharing];
  return { policy, reaching, shown, planned, others: all.objects };
}

const isSelected = (policy: RetentionPolicy, { facts, namespaceLabels }: Candidate): boolean =>
  namespaceLabels !== undefined && selects(policy, { labels: facts.labels, namespaceLabels });

function policyNamed(name: string, { understood, unreadable }: Policies): RetentionPolicy {
  const policy = understood.find((known) => known.name === name);
  if (policy?.mode === 'Off')
    throw new CommandError(
      `the policy ${name} is Off, so that it selects no run: suppose another mode by --with`,
    );
  if (policy !== undefined) return policy;
  const why = unreadable.find((known) => known.name === name)?.why;
  if (why !== undefined)
    throw new CommandError(`the policy ${name} is not understood by this version: ${why}`);
  throw new CommandError(
    `there is no CheckpointRetentionPolicy "${name}": kubectl get ckrp lists them, and --with FILE supposes one`,
  );
}

async function labelsOf(
  { cluster, reach }: Asking,
  name: string,
  signal: AbortSignal,
): Promise<Candidate['namespaceLabels']> {
  const question = { missing: 'get namespaces', unjudged: 'which policies select the run' };
  const found = await reach.ask(question, () => cluster.get(namespaces, { name }, signal));
  return found === undefined ? undefined : (found.answer?.metadata.labels ?? {});
}

/** How many runs are looked at at a time. */
const lanes = 8;

type Supposed = Governance & { readonly hypothesis: Hypothesis };

/** The question about each run to be planned, in their order. */
export async function askAll(
  asking: Asking,
  { planned, ...judging }: Pick<Wished, 'planned' | 'others'> & Supposed,
  signal: AbortSignal,
): Promise<readonly RunQuestion<Checkpoint>[]> {
  const questions = new Map<number, RunQuestion<Checkpoint>>();
  const waiting = [...planned.entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      questions.set(next[0], await observeQuestion(asking, next[1], { judging, signal }));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return planned.flatMap((_, at) => questions.get(at) ?? []);
}

/** The questions about what runs that are gone left, where a policy that matters here speaks of it. */
async function askOrphans(
  asking: Asking,
  { reaching, planned, policies, hypothesis, namespace }: Wished & Supposed & { namespace: string },
  signal: AbortSignal,
): Promise<readonly AskedOrphan[]> {
  if (reaching.length === 0) return [];
  const asked = new Set(planned.map(nameOf));
  const found = await observeOrphans(asking, { store: undefined, namespace, policies, asked }, signal);
  const { at } = hypothesis;
  return found
    .filter(({ question }) => reaching.some((policy) => selects(policy, question)))
    .map((one) => (at === undefined ? one : { ...one, question: { ...one.question, storeTime: at } }));
}
