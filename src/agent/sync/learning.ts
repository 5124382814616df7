// What a sync that starts, or starts again, must know before it sends anything: what this attempt has in the bucket, which
// uploads were cut off, and what the container before it had ready.
import { isSent, type Sent } from '../../domain/agent/outbox.ts';
import { type ListedObject, readInventory } from '../../domain/bucket/inventory.ts';
import { isSameAttempt } from '../../domain/bucket/keys.ts';
import type { SyncNote } from '../../wire/sync-note.ts';
import { proveFile } from '../judgement.ts';
import { type AgentWorld, privatePath } from '../world.ts';
import type { Parcel, SyncLedger } from './ledger.ts';
import { discard, draftName, snapshotName } from './parcel.ts';
import { ownFolder, readSyncNote, takeUpUploads } from './unfinished.ts';

/** Learns all of it; the ledger knows what was sent only once everything else is known. */
export async function learn(world: AgentWorld, ledger: SyncLedger, signal: AbortSignal): Promise<void> {
  const sent = await listSent(world, signal);
  const note = await readSyncNote(world);
  await takeUpUploads(world, { ledger, note }, signal);
  ledger.held ??= await takeUpSnapshot(world, { note, sent }, signal);
  ledger.learnSent(sent);
}

async function listSent(world: AgentWorld, signal: AbortSignal): Promise<Sent> {
  const { attempt, runPrefix } = world.config;
  const listing: ListedObject[] = [];
  for await (const page of world.objects.list(ownFolder(world), signal)) listing.push(...page);
  const own = readInventory(runPrefix, listing).attempts.find(({ id }) => isSameAttempt(id, attempt));
  return (own?.checkpoints ?? []).map(({ kind, update }) => ({ kind, update }));
}

/** The snapshot a former container left, proven anew; whatever else it left is removed. */
async function takeUpSnapshot(
  world: AgentWorld,
  { note, sent }: { readonly note: SyncNote | undefined; readonly sent: Sent },
  signal: AbortSignal,
): Promise<Parcel | undefined> {
  const { disk } = world;
  await discard(world, privatePath(world, draftName));
  const path = privatePath(world, snapshotName);
  const held = note?.held ?? undefined;
  const facts = await disk.stat(path);
  if (facts === undefined) return undefined;
  if (held !== undefined && facts.sizeBytes === held.sizeBytes && !isSent(sent, held)) {
    const proof = await proveFile(disk, path, signal);
    if (proof.kind === 'Resumable' && proof.crc32 === held.crc32 && proof.training.update === held.update)
      return {
        ...held,
        path,
        isSnapshot: true,
        training: proof.training,
        packedAt: Number.NEGATIVE_INFINITY,
      };
  }
  await discard(world, path);
  return undefined;
}
