// Looks at the trainer's directory: what is new, what is finished, what has gone. It reads two short pieces of a file that
// came to rest, and never holds up the trainer.
import { isAtRest, type Sighting } from '../../domain/agent/sightings.ts';
import { type Judgement, judgeFile } from '../judgement.ts';
import { isPlaced } from '../placed.ts';
import { type AgentWorld, sharedPath } from '../world.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import type { SyncLedger } from './ledger.ts';

export interface Watched {
  readonly ledger: SyncLedger;
  /** What restore placed: not the trainer's work, until it changes. */
  readonly placed: PlacedFile | undefined;
  /** The trainer is dead: whatever lies there is as finished as it will ever be. */
  readonly isOver: boolean;
}

/** One look. Never rejects because of a file: one that cannot be read is a flaw of it. */
export async function lookAround(
  world: AgentWorld,
  { ledger, placed, isOver }: Watched,
  signal: AbortSignal,
): Promise<void> {
  const { disk, clock, config } = world;
  const found = (await disk.list(config.directory)).filter(
    (facts) => facts.isFile && !isPlaced(placed, facts),
  );
  ledger.see(found, clock.monotonic());
  ledger.freeBytes = await disk.freeBytes(config.directory);
  for (const sighting of ledger.sightings.values()) {
    if (ledger.isJudged(sighting) || !(isOver || isAtRest(sighting))) continue;
    const judgement = await judgeSighting(world, sighting, signal);
    if (judgement !== undefined) ledger.judge(sighting, judgement);
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

/** Step files at rest and finished: those that may be freed. */
export const stepsOf = (ledger: SyncLedger): readonly { readonly name: string; readonly update: number }[] =>
  ledger.finished().filter(({ kind }) => kind === 'Step');
