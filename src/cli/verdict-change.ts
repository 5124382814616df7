// When time alone gives a checkpoint another verdict: the run is planned anew for each moment at which a plan says that it may change.
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import type { Judgement } from '../domain/retention/reasons.ts';
import { defaultFlags } from '../domain/retention/settings.ts';
import type { CheckpointName } from '../domain/retention/standing.ts';
import { planRun, type RunQuestion } from '../domain/retention/run-plan.ts';
import type { Instant } from '../domain/units.ts';

export interface VerdictChange extends Judgement {
  readonly at: Instant;
}

/** After so many other changes nobody looks any further. */
const mostMoments = 2000;

/** The next other verdict, if nothing else changes; undefined = none, or not among the next moments of change. */
export function nextVerdict(
  question: RunQuestion,
  name: CheckpointName,
  policies: readonly RetentionPolicy[],
): VerdictChange | undefined {
  const rest = { policies, operator: defaultFlags };
  let asked = { ...question, now: undefined };
  let before: Judgement | undefined;
  for (let looked = 0; looked <= mostMoments; looked += 1) {
    const { plan } = planRun(asked, rest);
    const { storeTime } = asked;
    if (plan.kind === 'Stopped' || storeTime === undefined) return undefined;
    const now = plan.rulings.find(({ checkpoint }) => isNamed(checkpoint, name));
    if (now === undefined) return undefined;
    before ??= now;
    if (now.verdict !== before.verdict) return { at: storeTime, verdict: now.verdict, reasons: now.reasons };
    if (plan.changesInSeconds === undefined || plan.changesInSeconds === 0) return undefined;
    asked = { ...asked, storeTime: storeTime + Math.ceil(plan.changesInSeconds * 1000) };
  }
  return undefined;
}

/** True of the checkpoint that has this name. */
export const isNamed = ({ attempt, kind, update }: CheckpointName, name: CheckpointName): boolean =>
  attempt.number === name.attempt.number &&
  attempt.pod === name.attempt.pod &&
  kind === name.kind &&
  update === name.update;
