// The one word that `kubectl get` shows. Display only: nothing decides by it but what is final.
import type { Decision } from './decision.ts';
import type { PodFacts } from './facts.ts';
import type { Phase } from './status.ts';
import { standsStill } from './suspension.ts';

/** The phase of a run after a pass. */
export function phaseOf({ standing, attempts }: Decision): Phase {
  switch (standing.is) {
    case 'Live':
      return livePhase(attempts);
    case 'Starting':
      return attempts.length > 1 ? 'Restarting' : 'Pending';
    case 'Suspended':
      return standsStill(attempts) ? 'Suspended' : livePhase(attempts);
    case 'Restarting':
    case 'Stalled':
    case 'Succeeded':
    case 'Failed':
      return standing.is;
  }
}

function livePhase(attempts: Decision['attempts']): Phase {
  const stage = attempts[0]?.stage.stage;
  if (stage === 'Training' || stage === 'Flushing') return 'Running';
  // What is told to end trains, or saves, until its pod has ended.
  if (stage === 'Ending' && hasTrainer(attempts[0]?.pod)) return 'Running';
  if (stage === 'Restoring' || stage === 'Starting') return 'Restoring';
  return attempts.length > 1 ? 'Restarting' : 'Pending';
}

const hasTrainer = (pod: PodFacts | undefined): boolean =>
  pod?.trainer !== undefined && pod.trainer.state !== 'Waiting';
