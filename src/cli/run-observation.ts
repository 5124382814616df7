// Observes a run as the operator does, once and with the user's rights: the same facts, by the same readings, into the same snapshot.
// What could not be read is said beside it, and never guessed to the run's harm. Writes nothing.
import type { TTSTrainingRun } from '../api/run.ts';
import type { BucketReading, RunFacts, Snapshot } from '../domain/run/facts.ts';
import { nothingJudged } from '../domain/run/retention-facts.ts';
import type { TrainerSight } from '../domain/run/trainer-sight.ts';
import { jobWithoutPod, lastRefusal } from '../observation/pod-refusal.ts';
import { runFacts } from '../observation/run-facts.ts';
import { ownJobs, type ReadPod, runJobs } from '../observation/run-pods.ts';
import { linesToRead, sightFrom, trainedPod } from '../observation/trainer-look.ts';
import { containers } from '../api/names.ts';
import { ClusterError } from '../ports/cluster.ts';
import { namespaces } from '../ports/kinds.ts';
import type { Job } from '../ports/kube-objects.ts';
import { findRun } from './cluster-access.ts';
import { observeBucket } from './bucket-observation.ts';
import { observeStore } from './store-observation.ts';
import { type Asking, type Gap, Reach } from './reach.ts';
import { observeWorkload } from './workload-observation.ts';

export interface RunObservation {
  readonly namespace: string;
  readonly run: TTSTrainingRun;
  readonly snapshot: Snapshot;
  /** What the user's rights do not reach. */
  readonly gaps: readonly Gap[];
  /** True when the operator's Jobs and pods were not seen: nothing can be decided then. */
  readonly isBlind: boolean;
  /** True when the bucket could not be read from here, though the operator may well read it. */
  readonly isBucketUnseen: boolean;
}

/** How often a run that changes under the reading is read again. */
const mostReadings = 3;

interface RunName {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Everything a decision about the run rests on, read while the run stayed as it is: what is newer than its status would be taken
 * for somebody else's. @throws CommandError, ClusterError when not even the run can be read
 */
export async function observeRun(
  asking: Omit<Asking, 'reach'>,
  name: RunName,
  signal: AbortSignal,
): Promise<RunObservation> {
  for (let left = mostReadings; ; left -= 1) {
    const observation = await observeOnce(asking, name, signal);
    const { run } = await findRun(asking.cluster, name, signal);
    const isSame = run.metadata.resourceVersion === observation.run.metadata.resourceVersion;
    if (isSame || left === 1) return observation;
  }
}

async function observeOnce(
  { world, input, cluster }: Omit<Asking, 'reach'>,
  name: RunName,
  signal: AbortSignal,
): Promise<RunObservation> {
  const reach = new Reach();
  const asking = { world, input, cluster, reach };
  const { run, namespace } = await findRun(cluster, name, signal);
  const facts = { ...runFacts(run), namespace };
  const [workload, store, clusterUid] = await Promise.all([
    observeWorkload(asking, facts, signal),
    observeStore(asking, facts, signal),
    readClusterUid(asking, signal),
  ]);
  const { jobs = [], own = [], strangers = [] } = workload ?? {};
  const pods = own.map((pod) => pod.facts);
  const [bucket, sight, podRefusal] = await Promise.all([
    observeBucket(asking, { run: facts, store, pods }, signal),
    lookAtTrainer(asking, { run: facts, own }, signal),
    podRefusalOf(asking, { run: facts, jobs, own }, signal),
  ]);
  const snapshot: Snapshot = {
    now: world.clock.now(),
    ...fromMemory(facts),
    clusterUid: clusterUid ?? markedUid(bucket.reading),
    run: facts,
    store: store.facts,
    bucket: bucket.reading,
    source: bucket.source,
    dependents: [],
    ...runJobs(jobs, facts),
    pods,
    strangers,
    sight,
    podRefusal,
    retention: nothingJudged,
  };
  const isBlind = workload === undefined;
  return { namespace, run, snapshot, gaps: reach.gaps, isBlind, isBucketUnseen: bucket.isUnseen };
}

// What the operator remembers beside status only itself knows. The process that reserved a number may still make its Job; that a Job
// was refused stands in the run's condition, word for word.
const fromMemory = ({ status }: RunFacts): Pick<Snapshot, 'operatorId' | 'tried' | 'refusal'> => ({
  operatorId: status?.attempts[0]?.reservedBy ?? '',
  tried: undefined,
  refusal: status?.conditions.find(
    ({ type, status: is, reason }) => type === 'Stalled' && is === 'True' && reason === 'JobRefused',
  )?.message,
});

async function readClusterUid({ cluster, reach }: Asking, signal: AbortSignal): Promise<string | undefined> {
  const question = {
    missing: 'get namespaces',
    unjudged: "whether the run's place in the bucket belongs to this cluster",
  };
  const name = { name: 'kube-system' };
  const found = await reach.ask(question, () => cluster.get(namespaces, name, signal));
  return found?.answer?.metadata.uid;
}

/** A place whose cluster cannot be told from ours is taken for ours. */
const markedUid = (bucket: BucketReading): string =>
  (bucket.kind === 'Read' ? bucket.facts.marker?.clusterUid : undefined) ?? '';

interface RunAndPods {
  readonly run: RunFacts;
  readonly own: readonly ReadPod[];
}

/** The look at the trainer, without its agent, which answers inside the cluster only. */
async function lookAtTrainer(
  { cluster, reach, world }: Asking,
  { run, own }: RunAndPods,
  signal: AbortSignal,
): Promise<TrainerSight | undefined> {
  const newest = trainedPod(own);
  if (newest === undefined) return undefined;
  const { name, namespace = '' } = newest.pod.metadata;
  const tail = { name, namespace, container: containers.trainer, lines: linesToRead(newest.facts) };
  const question = { missing: 'get pods/log', unjudged: 'how far the trainer is, and whether it hangs' };
  const log = await reach.ask(question, async () => logOrNothing(cluster.logTail(tail, signal)));
  const look = { run, pod: newest.facts, log: log?.answer, now: world.clock.now() };
  return sightFrom({ ...look, status: undefined, firstUpdate: undefined, before: undefined });
}

/** A kubelet that does not answer: nobody can read that log now. */
async function logOrNothing(log: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await log;
  } catch (cause) {
    if (cause instanceof ClusterError && cause.code === 'Unavailable') return undefined;
    throw cause;
  }
}

async function podRefusalOf(
  { cluster, reach, world }: Asking,
  { run, jobs, own }: RunAndPods & { readonly jobs: readonly Job[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const now = world.clock.now();
  const job = jobWithoutPod({ jobs: ownJobs(jobs, run), pods: own.map(({ facts }) => facts), now });
  if (job === undefined) return undefined;
  const question = {
    missing: 'list events.events.k8s.io',
    unjudged: 'why the Job of the newest attempt has no pod',
  };
  return (await reach.ask(question, () => lastRefusal(cluster, job, signal)))?.answer;
}
