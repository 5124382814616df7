// How the nodes stand that pods of runs are on: from the watch, and asked anew where the watch may be behind. Only reads.
import type { NodeState } from '../../domain/run/facts.ts';
import { stateOf } from '../../observation/node-state.ts';
import { nodes } from '../../ports/kinds.ts';
import type { Node, Pod } from '../../ports/kube-objects.ts';
import type { World } from './world.ts';

/** The state of the pod's node; undefined while it is on none. */
export async function nodeStateOf(
  world: World,
  pod: Pod,
  signal: AbortSignal,
): Promise<NodeState | undefined> {
  const name = pod.spec?.nodeName;
  if (name === undefined) return undefined;
  const known = stateOf(world.nodes.get(name));
  if (known.is !== 'Ready' || !wasTaken(pod)) return known;
  // Pods and nodes are watched apart: that the node went away may be heard after that its pod was taken from it.
  return stateOf(await world.cluster.get(nodes, { name }, signal));
}

const wasTaken = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (status?.conditions ?? []).some(
    ({ reason }) => reason === 'DeletionByTaintManager' || reason === 'DeletionByPodGC',
  );

/** A node's name and readiness: of thousands of nodes, each says much that nobody asks. */
export const keptOfNode = ({ apiVersion, kind, metadata, status }: Node): Node => {
  const { name, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { name, uid, resourceVersion, creationTimestamp },
    status: { conditions: (status?.conditions ?? []).filter(({ type }) => type === 'Ready') },
  };
};
