// Tells whether two specs ask for the same pod. For comparing only: it proves nothing about who wrote what.
import { runSpec, type TTSTrainingRunSpec } from '../api/run-spec.ts';
import { fingerprintOf } from '../domain/fingerprint.ts';

/**
 * A fingerprint of everything in the spec that shapes the pod. What is as it is by default does not count: a later version of the
 * CRD, which fills a new field into every run, must not look like a change by hand.
 */
export function workloadFingerprint(spec: TTSTrainingRunSpec): string {
  return fingerprintOf(without(standard, workloadOf(spec)) ?? {});
}

function workloadOf(spec: TTSTrainingRunSpec): object {
  const { trainer, podTemplate, gpuProducts, scratch, sharedMemory, sync } = spec;
  const { nodeLostAfterSeconds } = spec.restart;
  return { trainer, podTemplate, gpuProducts, scratch, sharedMemory, sync, nodeLostAfterSeconds };
}

/** The least run there can be; what it is called and where it writes is nobody's default. */
const standard = workloadOf(runSpec.parse({ trainer: { image: '-', checkpointDir: '/-' } }));

/** The value without what is equal in `known`; undefined when nothing is left. */
function without(known: unknown, value: unknown): unknown {
  if (!isPlain(value)) return fingerprintOf(value) === fingerprintOf(known) ? undefined : value;
  const other = isPlain(known) ? known : {};
  const left = Object.entries(value)
    .map(([name, field]) => [name, without(other[name], field)] as const)
    .filter(([, field]) => field !== undefined);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
