// Which checkpoints a restore could not use, as the attempt.json of each attempt names them by their keys.
import { parseRunObject } from '../bucket/keys.ts';
import type { BucketFacts } from '../run/facts.ts';
import type { CheckpointName } from './standing.ts';

/** The names of those that are this run's own. */
export function foundBad({
  inventory,
  origins,
}: Pick<BucketFacts, 'inventory' | 'origins'>): readonly CheckpointName[] {
  const keys = origins.flatMap(({ skipped = [] }) => skipped.map(({ key }) => key));
  return keys.flatMap((key) => {
    const { prefix } = inventory;
    const object = key.startsWith(prefix) ? parseRunObject(key.slice(prefix.length)) : undefined;
    return object?.is === 'Checkpoint' ? [object] : [];
  });
}
