// Looks at the trainer's directory: what is new, what is finished, what has gone. It reads two short pieces of a file that
// came to rest, and never holds up the trainer.
import { isAtRest, isRestless, type Sighting } from '../../domain/agent/sightings.ts';
import { type Judgement, judgeFile } from '../judgement.ts';
import { isPlaced } from '../placed.ts';
import { type AgentWorld, sharedPath } from '../world.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import { renewGrip } from './freeing.ts';
import type { SyncLedger } from './ledger.ts';

export interface Watched {
  readonly ledger: SyncLedger;
  /** What restore placed: not the trainer's work, until it changes. */
  readonly placed: PlacedFile | undefined;
  /** The trainer is dead: whatever lies there is as finished as it will ever be. */
  readonly isOver: boolean;
}

/** One look. Rejects only when aborted: what cannot be read is told, and looked at again. */
export async function lookAround(world: AgentWorld, watched: Watched, signal: AbortSignal): Promise<void> {
  const { ledger } = watched;
  try {
    await look(world, watched, signal);
    await renewGrip(world, ledger);
    ledger.unreadable = undefined;
  } catch (cause) {
    signal.throwIfAborted();
    ledger.unreadable = cause instanceof Error ? cause.message : String(cause);
    world.log.error({ cause: ledger.unreadable }, 'the scratch volume cannot be read');
  }
}

async function look(
  world: AgentWorld,
  { ledger, placed, isOver }: Watched,
  signal: AbortSignal,
): Promise<void> {
  const { disk, clock, config } = world;
  const found = (await disk.list(config.directory)).filter(
    (facts) => facts.isFile && !isPlaced(placed, facts),
  );
  const now = clock.monotonic();
  ledger.see(found, now);
  ledger.freeBytes = await disk.freeBytes(config.directory);
  ledger.unwritable = await disk.unwritable(config.directory);
  for (const sighting of ledger.sightings.values()) {
    const isMoving = !isOver && !isAtRest(sighting);
    if (ledger.isJudged(sighting) || (isMoving && !isRestless(sighting, now))) continue;
    const judgement = await judgeSighting(world, sighting, signal);
    if (judgement === undefined) continue;
    // Of a file that moves, only a whole end says anything; the proof of its snapshot decides.
    if (!isMoving || judgement.kind === 'Resumable') ledger.judge(sighting, judgement);
  }
}

async function judgeSighting(
  world: AgentWorld,
  { name, file }: Sighting,
  signal: AbortSignal,
): Promise<Judgement | undefined> {
  const path = sharedPath(world, name);
  try {
    const judgement = await judgeFile(world.disk, path, signal);
    if (judgement.kind !== 'Resumable' || file.kind === 'Last') return judgement;
    const { update } = judgement.training;
    if (update === file.update) return judgement;
    return { kind: 'Unusable', reason: `It holds update ${update}, not ${file.update} as its name says.` };
  } catch (cause) {
    signal.throwIfAborted();
    if ((await world.disk.stat(path)) === undefined) return undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'Unusable', reason: `It cannot be read: ${reason}.` };
  }
}
