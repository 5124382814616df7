// How a node stands, from what it says of itself, or what the node controller says of one that is silent.
import type { NodeState } from '../domain/run/facts.ts';
import { parseTime } from '../domain/time.ts';
import type { Node } from '../ports/kube-objects.ts';

/** The state of a node; undefined: there is none of that name. */
export function stateOf(node: Node | undefined): NodeState {
  if (node === undefined) return { is: 'Gone' };
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return { is: 'Ready' };
  const since = parseTime(ready?.lastTransitionTime ?? node.metadata.creationTimestamp);
  return { is: 'NotReady', since: since ?? 0 };
}
