// The Jobs and pods of a run's name, with how the nodes stand that the pods are on. Reads only.
import { labels } from '../api/names.ts';
import type { NodeState, RunFacts } from '../domain/run/facts.ts';
import { stateOf } from '../observation/node-state.ts';
import { podFacts } from '../observation/pod-facts.ts';
import { type ReadPod, runPods, type RunPods } from '../observation/run-pods.ts';
import { jobs, nodes, pods } from '../ports/kinds.ts';
import type { Job, Pod } from '../ports/kube-objects.ts';
import type { Asking } from './reach.ts';

export interface WorkloadObservation extends RunPods {
  /** All of the run's name. */
  readonly jobs: readonly Job[];
}

/** What runs; undefined when the user may not see it. */
export async function observeWorkload(
  asking: Asking,
  run: RunFacts,
  signal: AbortSignal,
): Promise<WorkloadObservation | undefined> {
  const { cluster, reach } = asking;
  const scope = { namespace: run.namespace, labelSelector: `${labels.run}=${run.name}` };
  const unjudged = 'what the run does now, and what it needs';
  const [foundJobs, foundPods] = await Promise.all([
    reach.ask({ missing: 'list jobs.batch', unjudged }, () => cluster.list(jobs, scope, signal)),
    reach.ask({ missing: 'list pods', unjudged }, () => cluster.list(pods, scope, signal)),
  ]);
  if (foundJobs === undefined || foundPods === undefined) return undefined;
  const read = await Promise.all(foundPods.answer.map((pod) => readPod(asking, pod, signal)));
  return {
    jobs: foundJobs.answer,
    ...runPods(
      read.filter((pod) => pod !== undefined),
      run,
    ),
  };
}

async function readPod(asking: Asking, pod: Pod, signal: AbortSignal): Promise<ReadPod | undefined> {
  const facts = podFacts(pod, await nodeStateOf(asking, pod, signal));
  return facts === undefined ? undefined : { pod, facts };
}

// A node that may not be seen is taken for one that answers: nothing is called lost that nobody has seen to be.
async function nodeStateOf(
  { cluster, reach }: Asking,
  { spec }: Pod,
  signal: AbortSignal,
): Promise<NodeState | undefined> {
  const name = spec?.nodeName;
  if (name === undefined) return undefined;
  const question = { missing: 'get nodes', unjudged: 'whether the node of a pod still answers' };
  const found = await reach.ask(question, () => cluster.get(nodes, { name }, signal));
  return found === undefined ? { is: 'Ready' } : stateOf(found.answer);
}
