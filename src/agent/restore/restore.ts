// The init container: chooses what to start from, fetches and proves it, and leaves exactly one loadable file for the trainer,
// or none for a start from scratch. It never starts from zero while saved work may exist, and never takes for ever.
import { isSameAttempt } from '../../domain/bucket/keys.ts';
import type { Seconds } from '../../domain/units.ts';
import type { AttemptDocument } from '../../wire/attempt-document.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import type { RestoreResult } from '../../wire/restore-result.ts';
import { writePlaced } from '../placed.ts';
import { timer } from '../sync/timer.ts';
import { type AgentWorld, sharedPath } from '../world.ts';
import { clearDirectory } from './leftovers.ts';
import { findFinished, openAttempt } from './opening.ts';
import { placeBeginning, type Placement } from './placement.ts';
import { waitForPredecessor } from './predecessor.ts';
import { resultOf, tookTooLong } from './stop.ts';
import type { Placed } from './wanted.ts';

/** How long choosing and fetching may take: 5.4 GB at less than 1 MB/s. The wait for the predecessor has its own bound. */
const longestSeconds: Seconds = 7200;

/** Runs restore to its end. Rejects only when aborted, or for a fault of ours. */
export async function restore(world: AgentWorld, signal: AbortSignal): Promise<RestoreResult> {
  try {
    const finished = await findFinished(world, signal);
    if (finished !== undefined) return success(finished.placed, 'an earlier try had finished');
    await clearDirectory(world);
    return await start(world, signal);
  } catch (cause) {
    const result = resultOf(cause);
    if (result === undefined) throw cause;
    return result;
  }
}

async function start(world: AgentWorld, signal: AbortSignal): Promise<RestoreResult> {
  const { clock } = world;
  const started = clock.monotonic();
  const waitedSeconds = await waitForPredecessor(world, signal);
  using ending = timer(clock, longestSeconds * 1000, signal);
  try {
    const placement = await placeBeginning(world, ending.signal);
    const note = await notePlaced(world, placement.placed);
    const times = { waitedSeconds, restoreSeconds: (clock.monotonic() - started) / 1000 };
    const { placed } = placement;
    if (!isOwn(world, placed)) await openAttempt(world, describe(world, placement, times), ending.signal);
    return success(
      note.placed,
      placed === undefined ? fromScratch(placement) : `placed ${placed.candidate.key}`,
    );
  } catch (cause) {
    throw ending.signal.aborted && !signal.aborted ? tookTooLong(longestSeconds) : cause;
  }
}

const fromScratch = ({ rollback }: Placement): string =>
  rollback === null ? 'nothing was ever saved' : `rollback "${rollback}" asks for a start from scratch`;

/** True when this very attempt saved it, before its containers were started again: its beginning is told already. */
const isOwn = ({ config }: AgentWorld, placed: Placed | undefined): boolean =>
  placed?.mode === undefined &&
  placed?.candidate.attempt !== undefined &&
  isSameAttempt(placed.candidate.attempt, config.attempt);

function describe(
  { config }: AgentWorld,
  { placed, skipped, rollback }: Placement,
  times: Pick<AttemptDocument, 'waitedSeconds' | 'restoreSeconds'>,
): AttemptDocument {
  const { image, gpus, run } = config.environment;
  const { attempt, podUid } = config;
  return {
    version: 1,
    attempt,
    runUid: run.uid,
    podUid,
    resumedFrom: linkTo(placed),
    initializedFrom: originOf(placed),
    rollback,
    skipped,
    image,
    gpus,
    ...times,
  };
}

function linkTo(placed: Placed | undefined): AttemptDocument['resumedFrom'] {
  if (placed === undefined || placed.mode !== undefined) return null;
  const { key, attempt, update, sizeBytes } = placed.candidate;
  return attempt === undefined || update === undefined ? null : { key, attempt, update, sizeBytes };
}

function originOf(placed: Placed | undefined): AttemptDocument['initializedFrom'] {
  if (placed?.mode === undefined) return null;
  const { candidate, update, mode } = placed;
  return { key: candidate.key, update: update ?? null, mode };
}

async function notePlaced(world: AgentWorld, placed: Placed | undefined): Promise<PlacedFile> {
  const note: PlacedFile = {
    version: 1,
    placed: placed === undefined ? null : await describePlaced(world, placed),
  };
  await writePlaced(world, note);
  return note;
}

async function describePlaced(
  world: AgentWorld,
  { name, candidate, mode, update }: Placed,
): Promise<NonNullable<PlacedFile['placed']>> {
  const facts = await world.disk.stat(sharedPath(world, name));
  if (facts === undefined) throw new Error(`${name} was removed while restore was at work`);
  const { inode, modifiedAt, sizeBytes } = facts;
  const attempt = mode === undefined ? (candidate.attempt ?? null) : null;
  const from = mode === 'WarmStart' ? 0 : (update ?? 0);
  return { name, key: candidate.key, attempt, update: from, inode, modifiedAt, sizeBytes };
}

const success = (placed: PlacedFile['placed'], message: string): RestoreResult => ({
  version: 1,
  outcome: placed === null ? 'Scratch' : 'Restored',
  reason: '',
  message,
  update: placed === null ? null : placed.update,
});
