// Declared retention, of a run or of a policy, read into the facts that decisions rest on.
import type { CheckpointRetentionPolicy } from '../api/policy.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import { parseSize } from '../api/size.ts';
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import type { RetentionRules } from '../domain/retention/rules.ts';

/** The rules of a run; undefined where it declares nothing. */
export function retentionRules(rules: TTSTrainingRun['spec']['retention']): RetentionRules | undefined {
  if (rules === undefined) return undefined;
  const { maxBytes, ...keeping } = rules;
  return { ...keeping, maxBytes: sizeOf(maxBytes) };
}

/** The facts of a policy. */
export function retentionPolicy({
  metadata,
  spec,
}: Pick<CheckpointRetentionPolicy, 'spec'> & {
  readonly metadata: { readonly name: string };
}): RetentionPolicy {
  const { ceiling, capacity, ...others } = spec;
  return {
    ...others,
    name: metadata.name,
    ceiling: ceiling && {
      maxCheckpoints: ceiling.maxCheckpointsPerRun,
      maxBytes: sizeOf(ceiling.maxBytesPerRun),
      maxAgeSeconds: ceiling.maxAgeSeconds,
      maxPins: ceiling.maxPinsPerRun,
    },
    capacity: capacity && { ...capacity, bytes: parseSize(capacity.bytes) },
  };
}

const sizeOf = (size: number | string | undefined): number | undefined =>
  size === undefined ? undefined : parseSize(size);
