// Tells whether two specs ask for the same pod. For comparing only: it proves nothing about who wrote what.
import type { TTSTrainingRunSpec } from '../api/run-spec.ts';

/** A fingerprint of everything in the spec that shapes the pod (FNV-1a, 32 bits, over its JSON with sorted keys). */
export function workloadFingerprint(spec: TTSTrainingRunSpec): string {
  const { trainer, podTemplate, gpuProducts, scratch, sharedMemory, sync } = spec;
  const { nodeLostAfterSeconds } = spec.restart;
  const shape = { trainer, podTemplate, gpuProducts, scratch, sharedMemory, sync, nodeLostAfterSeconds };
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(shape, sortedKeys))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

function sortedKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
