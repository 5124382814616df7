// What retention says of a run, by the very function the operator asks: from the run, its bucket, and the policies the user may see; where a
// capacity is shared, from all who share it. What is not seen is said, never guessed.
import type { TTSTrainingRun } from '../api/run.ts';
import type { PolicyReading } from '../domain/retention/policies.ts';
import { defaultFlags } from '../domain/retention/settings.ts';
import { type ObservedPlan, planObserved } from '../domain/run/observed-plan.ts';
import { readPolicies } from '../observation/policy-reading.ts';
import { dependentsOf } from '../observation/source-reader.ts';
import type { Cluster } from '../ports/cluster.ts';
import { namespaces, policies, runs } from '../ports/kinds.ts';
import { planOver } from './cluster-plan.ts';
import { CommandError } from './errors.ts';
import { type Asking, Reach } from './reach.ts';
import { observeRun } from './run-observation.ts';

export interface SeenRetention {
  readonly run: TTSTrainingRun;
  readonly plan: ObservedPlan;
}

/** The plan of the run as it is now. @throws CommandError when what it rests on cannot be seen */
export async function observeRetention(
  asking: Omit<Asking, 'reach'>,
  name: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<SeenRetention> {
  const { run, snapshot, gaps, isBlind, isBucketUnseen } = await observeRun(asking, name, signal);
  if (isBlind || isBucketUnseen) {
    const why = gaps.map(({ missing, why: cause }) => `${missing}: ${cause}`).join('; ');
    throw new CommandError(
      `what retention says of ${name.namespace}/${name.name} cannot be told from here (${why})`,
    );
  }
  const reach = new Reach();
  const { cluster } = asking;
  const governing = await governingOf({ ...asking, reach }, name.namespace, signal);
  const others = await cluster.list(runs, { namespace: name.namespace }, signal);
  const dependents = dependentsOf(others, snapshot.run);
  // the flags decide how soon and how many at once, never what
  const operator = defaultFlags;
  const alone = planObserved({ ...snapshot, dependents }, { ...governing, taken: new Set(), operator });
  if (!alone.policies.some(({ capacity }) => capacity !== undefined)) return { run, plan: alone };
  const taken = await takenOf({ ...asking, reach }, name, signal);
  return { run, plan: planObserved({ ...snapshot, dependents }, { ...governing, taken, operator }) };
}

/** The keys of what a policy's capacity takes of the run, planned over all who share it. */
async function takenOf(
  asking: Asking,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const hypothesis = { rules: undefined, policies: [], at: undefined };
  const wish = { is: 'Run', name } as const;
  const { plan } = await planOver(asking, { wish, namespace, hypothesis }, signal);
  const own = plan.runs.find((one) => one.name.namespace === namespace && one.name.run === name)?.plan;
  const rulings = own?.kind === 'Planned' ? own.rulings : [];
  return new Set(
    rulings.flatMap(({ checkpoint, reasons }) => (reasons.includes('Capacity') ? [checkpoint.key] : [])),
  );
}

interface Governing {
  readonly policies: PolicyReading;
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
}

async function governingOf(
  { cluster, reach }: Asking,
  name: string,
  signal: AbortSignal,
): Promise<Governing> {
  const unjudged = 'what policies say of the run';
  const all = await reach.ask({ missing: `list ${policies.plural}.reprise.dev`, unjudged }, () =>
    listPolicies(cluster, signal),
  );
  const place = await reach.ask({ missing: 'get namespaces', unjudged }, () =>
    cluster.get(namespaces, { name }, signal),
  );
  const why = reach.gaps.map((gap) => `${gap.missing}: ${gap.why}`).join('; ');
  return {
    policies: all?.answer ?? { kind: 'Unread', why: `the policies cannot be seen (${why})` },
    namespaceLabels: place === undefined ? undefined : (place.answer?.metadata.labels ?? {}),
  };
}

const listPolicies = async (cluster: Cluster, signal: AbortSignal): Promise<PolicyReading> =>
  readPolicies(await cluster.list(policies, {}, signal));
