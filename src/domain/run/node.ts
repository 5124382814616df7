// What the state of its node says about a pod: whether it may still be heard of. Waiting for a pod whose node is away is vain.
import type { Instant, Seconds } from '../units.ts';
import type { NodeState, PodFacts } from './facts.ts';

/** True when nobody can tell what runs on the node. */
export const isAway = (state: NodeState | undefined): boolean =>
  state?.is === 'NotReady' || state?.is === 'Gone';

/** True when the pod's node has been away for so many seconds: whatever it still does, nobody waits for it. */
export const isGivenUp = (
  { nodeState }: PodFacts,
  { now, after }: { readonly now: Instant; readonly after: Seconds },
): boolean => isAway(nodeState) && secondsAway(nodeState, now) >= after;

function secondsAway(state: NodeState | undefined, now: Instant): Seconds {
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
