// World-size drift: F5-TTS's learning-rate schedule counts steps per GPU, so that another number of GPUs than the checkpoint was
// trained on bends it for the rest of the run. Nobody but a person may accept that.
import { type AttemptId, isSameAttempt } from '../bucket/keys.ts';
import type { AttemptOrigin } from '../bucket/lineage.ts';
import type { SourceCandidate } from '../bucket/source.ts';
import type { Update } from '../units.ts';
import type { NewAttempt } from './decision.ts';
import type { BucketFacts, Snapshot } from './facts.ts';

/** Why the attempt must not start from this checkpoint on so many GPUs; undefined when it may. */
export function driftTrouble(
  { run }: Snapshot,
  bucket: BucketFacts,
  { expected }: Pick<NewAttempt, 'expected'>,
): string | undefined {
  return expected === undefined ? undefined : driftFrom(run.spec, expected, bucket.origins);
}

/** The same of a checkpoint whose training state another run goes on from; weights alone carry no schedule. */
export function sourceDrift(
  { run, source }: Snapshot,
  candidate: SourceCandidate | undefined,
): string | undefined {
  if (run.spec.initializeFrom?.mode !== 'Resume' || source?.kind !== 'Read') return undefined;
  const { attempt, update } = candidate ?? {};
  if (source.facts.is !== 'Run' || attempt === undefined || update === undefined) return undefined;
  return driftFrom(run.spec, { attempt, update }, source.facts.origins);
}

function driftFrom(
  { gpus, acceptWorldSize }: Snapshot['run']['spec'],
  from: { readonly attempt: AttemptId; readonly update: Update },
  origins: readonly AttemptOrigin[],
): string | undefined {
  const before = origins.find(({ id }) => isSameAttempt(id, from.attempt))?.gpus;
  if (before === undefined || before === gpus || acceptWorldSize === gpus) return undefined;
  return `update ${from.update} was trained on ${gpuWords(before)} and the run now asks for ${gpuWords(gpus)}: F5-TTS's learning-rate schedule would be wrong from there on. Set trainer.resources.limits["nvidia.com/gpu"] back to ${before}, or accept the new size with restart.acceptWorldSize: ${gpus}.`;
}

const gpuWords = (gpus: number): string => (gpus === 1 ? '1 GPU' : `${gpus} GPUs`);
