// World-size drift: F5-TTS's learning-rate schedule counts steps per GPU, so that another number of GPUs than the checkpoint was
// trained on bends it for the rest of the run. Nobody but a person may accept that.
import { isSameAttempt } from '../bucket/keys.ts';
import type { NewAttempt } from './decision.ts';
import type { BucketFacts, Snapshot } from './facts.ts';

/** Why the attempt must not start from this checkpoint on so many GPUs; undefined when it may. */
export function driftTrouble(
  { run }: Snapshot,
  bucket: BucketFacts,
  { expected }: Pick<NewAttempt, 'expected'>,
): string | undefined {
  const { gpus, acceptWorldSize } = run.spec;
  const origin =
    expected === undefined ? undefined : bucket.origins.find(({ id }) => isSameAttempt(id, expected.attempt));
  if (expected === undefined || origin === undefined || origin.gpus === gpus) return undefined;
  if (acceptWorldSize === gpus) return undefined;
  return `update ${expected.update} was trained on ${gpuWords(origin.gpus)} and the run now asks for ${gpuWords(gpus)}: F5-TTS's learning-rate schedule would be wrong from there on. Set trainer.resources.limits["nvidia.com/gpu"] back to ${origin.gpus}, or accept the new size with restart.acceptWorldSize: ${gpus}.`;
}

const gpuWords = (gpus: number): string => (gpus === 1 ? '1 GPU' : `${gpus} GPUs`);
