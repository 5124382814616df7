// The pods that carry a run's name: its own, and those an earlier run of this name left behind.
import { labels } from '../../api/names.ts';
import { podOf } from '../../domain/bucket/keys.ts';
import { isOver } from '../../domain/run/classification.ts';
import type { PodFacts, RunFacts, StrangerPod } from '../../domain/run/facts.ts';
import { isAway } from '../../domain/run/node.ts';
import type { KubeObject, Pod } from '../../ports/kube-objects.ts';
import { nodeStateOf } from './node-states.ts';
import { podFacts } from './pod-facts.ts';
import type { OwnPod } from './look.ts';
import type { World } from './world.ts';

export interface RunPods {
  readonly own: readonly OwnPod[];
  readonly strangers: readonly StrangerPod[];
}

/** True for what was made for this very run. */
export const isOwn = ({ metadata }: KubeObject, { uid }: RunFacts): boolean =>
  metadata.labels?.[labels.runUid] === uid;

/** The run's pods, each with how its node stands. */
export async function readPods(world: World, run: RunFacts, signal: AbortSignal): Promise<RunPods> {
  const named = world.pods
    .labelled(labels.run, run.name)
    .filter(({ metadata }) => metadata.namespace === run.namespace);
  const read = await Promise.all(named.map(async (pod) => readPod(world, pod, signal)));
  const pods = read.filter((pod) => pod !== undefined);
  return {
    own: pods.filter(({ pod }) => isOwn(pod, run)),
    strangers: pods.filter(({ pod }) => !isOwn(pod, run)).flatMap(({ facts }) => strangerOf(facts)),
  };
}

async function readPod(world: World, pod: Pod, signal: AbortSignal): Promise<OwnPod | undefined> {
  const facts = podFacts(pod, await nodeStateOf(world, pod, signal));
  return facts === undefined ? undefined : { pod, facts };
}

/** Pods that have ended flush nothing any more. */
function strangerOf(facts: PodFacts): readonly StrangerPod[] {
  if (isOver(facts)) return [];
  const { name, uid, attempt: number, deletion, sync, nodeState } = facts;
  const attempt = { number, pod: podOf(uid) };
  const flushes = sync?.state === 'Running' && !isAway(nodeState);
  return [{ name, attempt, endsAt: deletion?.endsAt, flushes }];
}
