// The runs that are to be planned, as they are in the cluster and in the bucket, read with the user's rights, each into the question that the
// operator asks about it. What could not be read is said beside it.
import { parseRun } from '../api/run.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import type { RunQuestion } from '../domain/retention/run-plan.ts';
import type { RunFacts, Snapshot } from '../domain/run/facts.ts';
import { type Governing, observedQuestion } from '../domain/run/observed-plan.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import { runFacts } from '../observation/run-facts.ts';
import { runJobs } from '../observation/run-pods.ts';
import { dependentsOf } from '../observation/source-reader.ts';
import { namespaces, runs } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { observeBucket } from './bucket-observation.ts';
import type { Governance } from './governance-observation.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Asking } from './reach.ts';
import { observeStore } from './store-observation.ts';
import { observeWorkload } from './workload-observation.ts';

/** A run of the cluster, as far as policies see it. */
export interface Candidate {
  readonly facts: RunFacts;
  /** Undefined = they could not be read. */
  readonly namespaceLabels: Labels | undefined;
}

/** Every run of the namespace, or of the cluster, that this version understands. */
export async function observeCandidates(
  asking: Asking,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<
  { readonly objects: readonly KubeObject[]; readonly candidates: readonly Candidate[] } | undefined
> {
  const { cluster, reach } = asking;
  const where = namespace === undefined ? 'in every namespace' : `in namespace ${namespace}`;
  const question = {
    missing: `list ttstrainingruns.reprise.dev ${where}`,
    unjudged: 'which other runs share a capacity, or wait to start from a checkpoint',
  };
  const scope = namespace === undefined ? {} : { namespace };
  const listed = await reach.ask(question, () => cluster.list(runs, scope, signal));
  if (listed === undefined) return undefined;
  const labelsOf = await readNamespaces(asking, listed.answer, signal);
  const candidates = listed.answer.flatMap((object): readonly Candidate[] => {
    const parsed = parseRun(object);
    if ('problems' in parsed) {
      const name = `${object.metadata.namespace}/${object.metadata.name}`;
      reach.note(
        { missing: `understand the run ${name}`, unjudged: 'what becomes of its checkpoints' },
        parsed.problems.join('; '),
      );
      return [];
    }
    const facts = runFacts(parsed.ok);
    return [{ facts, namespaceLabels: labelsOf.get(facts.namespace) }];
  });
  return { objects: listed.answer, candidates };
}

async function readNamespaces(
  { cluster, reach }: Asking,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Labels>> {
  const names = [...new Set(objects.flatMap(({ metadata: { namespace } }) => namespace ?? []))];
  const question = { missing: 'get namespaces', unjudged: 'which policies select the runs in them' };
  const read = await Promise.all(
    names.map(async (name) => {
      const found = await reach.ask(question, () => cluster.get(namespaces, { name }, signal));
      return found === undefined ? [] : [[name, found.answer?.metadata.labels ?? {}] as const];
    }),
  );
  return new Map(read.flat());
}

export interface Judging extends Pick<Governance, 'policies' | 'operator'> {
  readonly hypothesis: Hypothesis;
  /** All runs there are, as far as they could be listed. */
  readonly others: readonly KubeObject[];
}

/** What retention is asked about the run, read now. */
export async function observeQuestion(
  asking: Asking,
  { facts: found, namespaceLabels }: Candidate,
  { judging, signal }: { readonly judging: Judging; readonly signal: AbortSignal },
): Promise<RunQuestion<Checkpoint>> {
  const { policies: read, operator, hypothesis, others } = judging;
  const { rules, at } = hypothesis;
  const facts = rules === undefined ? found : { ...found, spec: { ...found.spec, retention: rules } };
  const snapshot = await observeForRetention(asking, facts, signal);
  const dependents = dependentsOf(others, facts);
  const governing: Governing = { policies: read, namespaceLabels, taken: new Set(), operator };
  const question = observedQuestion({ ...snapshot, dependents }, governing);
  return at === undefined ? question : { ...question, storeTime: at, now: undefined };
}

/** As much of the run as retention rests on. */
async function observeForRetention(
  asking: Asking,
  run: RunFacts,
  signal: AbortSignal,
): Promise<Omit<Snapshot, 'retention'>> {
  const [workload, store] = await Promise.all([
    observeWorkload(asking, run, signal),
    observeStore(asking, run, signal),
  ]);
  const { jobs = [], own = [], strangers = [] } = workload ?? {};
  const pods = own.map((pod) => pod.facts);
  const bucket = await observeBucket(asking, { run, store, pods }, signal);
  return {
    now: asking.world.clock.now(),
    operatorId: '',
    tried: undefined,
    clusterUid: '',
    run,
    store: store.facts,
    bucket: bucket.reading,
    source: bucket.source,
    dependents: [],
    ...runJobs(jobs, run),
    pods,
    strangers,
    sight: undefined,
    refusal: undefined,
    podRefusal: undefined,
  };
}
