// The one word that `kubectl get` shows. Display only: nothing decides by it but what is final.
import type { Decision } from './decision.ts';
import type { Phase } from './status.ts';

/** The phase of a run after a pass. */
export function phaseOf({ standing, attempts }: Decision): Phase {
  switch (standing.is) {
    case 'Live':
      return livePhase(attempts);
    case 'Starting':
      return attempts.length > 1 ? 'Restarting' : 'Pending';
    case 'Restarting':
    case 'Stalled':
    case 'Suspended':
    case 'Succeeded':
    case 'Failed':
      return standing.is;
  }
}

function livePhase(attempts: Decision['attempts']): Phase {
  const stage = attempts[0]?.stage.stage;
  if (stage === 'Training' || stage === 'Flushing') return 'Running';
  if (stage === 'Restoring' || stage === 'Starting') return 'Restoring';
  return attempts.length > 1 ? 'Restarting' : 'Pending';
}
