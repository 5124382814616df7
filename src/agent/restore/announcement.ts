// What an object says of itself, before a byte of it is fetched: that it is still the one which was listed, and that its
// metadata agree with its key. Objects that a person put there may say nothing; nobody may say something else.
import { formatAttemptId } from '../../domain/bucket/keys.ts';
import type { SourceCandidate } from '../../domain/bucket/source.ts';
import { type CheckpointMetadata, parseCheckpointMetadata } from '../../wire/checkpoint-metadata.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { BucketChanged } from './stop.ts';

/** The metadata; rejects with BucketChanged when the object is not the one that was listed. */
export async function headCandidate(
  world: AgentWorld,
  { key, etag }: SourceCandidate,
  signal: AbortSignal,
): Promise<Partial<CheckpointMetadata>> {
  const head = await patiently(world, () => world.objects.head(key, signal), signal);
  if (head === undefined) throw new BucketChanged(`${key} disappeared`);
  if (head.etag !== etag) throw new BucketChanged(`${key} was replaced`);
  return parseCheckpointMetadata(head.metadata);
}

/** How the metadata contradict the key, which they were written with; undefined when they do not. */
export function contradictionIn(
  metadata: Partial<CheckpointMetadata>,
  { attempt, kind, update }: SourceCandidate,
): string | undefined {
  const own = attempt === undefined ? undefined : formatAttemptId(attempt);
  const facts = [
    { name: 'update', said: metadata.update, known: update },
    { name: 'kind', said: metadata.kind, known: kind },
    { name: 'attempt', said: metadata.attempt, known: own },
  ];
  const wrong = facts.find(({ said, known }) => said !== undefined && known !== undefined && said !== known);
  return wrong === undefined
    ? undefined
    : `its metadata say ${wrong.name} ${wrong.said}, its key says ${wrong.known}: it is another's object`;
}
