// Tells whether two specs ask for the same pod. For comparing only: it proves nothing about who wrote what.
import type { TTSTrainingRunSpec } from '../api/run-spec.ts';
import { fingerprintOf } from '../domain/fingerprint.ts';

/** A fingerprint of everything in the spec that shapes the pod. */
export function workloadFingerprint(spec: TTSTrainingRunSpec): string {
  const { trainer, podTemplate, gpuProducts, scratch, sharedMemory, sync } = spec;
  const { nodeLostAfterSeconds } = spec.restart;
  return fingerprintOf({
    trainer,
    podTemplate,
    gpuProducts,
    scratch,
    sharedMemory,
    sync,
    nodeLostAfterSeconds,
  });
}
