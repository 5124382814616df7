// What the state of its node says about a pod: whether it may still be heard of. Waiting for a pod whose node is away is vain.
import type { Instant, Seconds } from '../units.ts';
import type { NodeState, PodFacts } from './facts.ts';

/** True when nobody can tell what runs on the node. */
export const isAway = (state: NodeState | undefined): boolean =>
  state?.is === 'NotReady' || state?.is === 'Gone';

/** For how many seconds the node has been away: 0 when it answers, without end when it is gone. */
export function secondsAway(state: NodeState | undefined, now: Instant): Seconds {
  if (state?.is === 'Gone') return Infinity;
  return state?.is === 'NotReady' ? Math.max(0, now - state.since) / 1000 : 0;
}

/** True when the pod was to have ended by now, and its node is away: nobody will say that it has. */
export const isOverdue = ({ deletion, nodeState }: PodFacts, now: Instant): boolean =>
  deletion !== undefined && now > deletion.endsAt && isAway(nodeState);

/** A clause for the end of an attempt whose node went away. */
export function nodeClause({ node = 'its node', nodeState }: Pick<PodFacts, 'node' | 'nodeState'>): string {
  return nodeState?.is === 'Gone' ? `node ${node} is gone` : `node ${node} does not answer`;
}
