// The fields in which `-o json` tells an explanation. Scripts rely on them; null = not known.
import type { Action } from '../domain/run/decision.ts';
import type { Explanation } from './explanation.ts';
import type { RunObservation } from './run-observation.ts';

/** What stands, why, what comes next and what would change it. */
export const explanationReport = (
  { namespace, run, gaps }: RunObservation,
  { phase, reason, message, judgedFrom, evidence, next, cure }: Explanation,
): object => ({
  namespace,
  run: run.metadata.name,
  phase,
  reason: reason ?? null,
  message,
  judgedFrom,
  evidence,
  next:
    next === undefined
      ? null
      : {
          words: next.words,
          actions: next.actions.map(actionReport),
          recheckSeconds: next.recheck ?? null,
        },
  cure: cure ?? null,
  generation: run.metadata.generation,
  observedGeneration: run.status?.observedGeneration ?? null,
  gaps: gaps.map(({ missing, why, unjudged }) => ({ missing, why, unjudged })),
});

function actionReport(action: Action): object {
  switch (action.do) {
    case 'CreateJob':
      return { do: action.do, attempt: action.attempt.number, from: action.attempt.from };
    case 'WriteMarker':
      return { do: action.do, highestAttempt: action.highestAttempt, phase: action.phase };
    case 'TellGone':
      return { do: action.do, attempt: action.attempt.number, why: action.why };
    case 'MirrorPin':
      return { do: action.do, change: action.change, attempt: action.attempt, update: action.update };
    case 'DeleteJob':
    case 'DeletePod':
    case 'ExpireJob':
      return { do: action.do, name: action.name };
  }
}
