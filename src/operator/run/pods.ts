// The pods that the watch shows under a run's name, or showed until a moment ago, each read with how its node stands.
import { labels } from '../../api/names.ts';
import { isOver } from '../../domain/run/classification.ts';
import type { RunFacts } from '../../domain/run/facts.ts';
import { podFacts } from '../../observation/pod-facts.ts';
import { type ReadPod, runPods, type RunPods } from '../../observation/run-pods.ts';
import type { Pod } from '../../ports/kube-objects.ts';
import { nodeStateOf } from './node-states.ts';
import type { World } from './world.ts';

/** The run's pods, and those an earlier run of this name left behind. */
export async function readPods(world: World, run: RunFacts, signal: AbortSignal): Promise<RunPods> {
  const named = world.pods
    .labelled(labels.run, run.name)
    .filter(({ metadata }) => metadata.namespace === run.namespace);
  const read = await Promise.all([
    ...named.map(async (pod) => readPod(world, pod, signal)),
    ...world.departed.of(run).map(async (pod) => readDeparted(world, pod, signal)),
  ]);
  return runPods(
    read.filter((pod) => pod !== undefined),
    run,
  );
}

/** Nothing of a pod that is gone runs any more, whatever was seen of it last. */
async function readDeparted(world: World, pod: Pod, signal: AbortSignal): Promise<ReadPod | undefined> {
  const read = await readPod(world, pod, signal);
  if (read === undefined || isOver(read.facts)) return read;
  return { ...read, facts: { ...read.facts, phase: 'Failed' } };
}

async function readPod(world: World, pod: Pod, signal: AbortSignal): Promise<ReadPod | undefined> {
  const facts = podFacts(pod, await nodeStateOf(world, pod, signal));
  return facts === undefined ? undefined : { pod, facts };
}
