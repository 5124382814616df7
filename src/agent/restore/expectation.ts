// Holds the listing against what the operator knew: a checkpoint that it saw is still there and not listed (then the listing
// is old), or it is gone, which is told and never passed over in silence.
import type { ResumePlan, ResumeQuestion } from '../../domain/bucket/resume.ts';
import type { CheckpointKind } from '../../domain/bucket/keys.ts';
import { patiently } from '../patience.ts';
import { type AgentWorld, keyOf } from '../world.ts';
import { BucketChanged } from './stop.ts';

export interface Expectation {
  readonly question: ResumeQuestion;
  readonly plan: Extract<ResumePlan, { kind: 'From' }>;
}

const kinds: readonly CheckpointKind[] = ['Last', 'Step'];

/**
 * The key of the checkpoint that is gone, and what to say of it; empty when the listing has it or a newer one. Rejects with
 * BucketChanged when it is there: an older listing was given.
 */
export async function findMissing(
  world: AgentWorld,
  { question: { expected }, plan }: Expectation,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const newest = plan.candidates[0];
  if (expected === undefined || newest === undefined || plan.rollback !== undefined) return new Map();
  const { attempt, update } = expected;
  const isAhead = newest.attempt.number - attempt.number || newest.update - update;
  if (isAhead >= 0) return new Map();
  const keys = kinds.map((kind) => keyOf(world, { is: 'Checkpoint', attempt, kind, update }));
  for (const key of keys) {
    const head = await patiently(world, () => world.objects.head(key, signal), signal);
    if (head !== undefined) throw new BucketChanged(`${key} is there, but was not listed`);
  }
  const gone = `update ${update}, which was the newest when this attempt was made, is gone from the bucket`;
  return new Map([[keys[0] ?? '', gone]]);
}
