// The init container: chooses the resume point, fetches and proves it, and leaves exactly one loadable file for the trainer,
// or none for a start from scratch. It never starts from zero while saved work may exist.
import { modelLast } from '../../domain/agent/checkpoint-files.ts';
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { planResume } from '../../domain/bucket/resume.ts';
import type { Seconds } from '../../domain/units.ts';
import type { AttemptDocument } from '../../wire/attempt-document.ts';
import type { RestoreResult } from '../../wire/restore-result.ts';
import { writePlaced } from '../placed.ts';
import { type AgentWorld, privatePath, sharedPath } from '../world.ts';
import { fetchCandidate } from './candidate.ts';
import { clearDirectory } from './leftovers.ts';
import { findFinished, openAttempt } from './opening.ts';
import { waitForPredecessor } from './predecessor.ts';
import { readRun } from './run-reading.ts';
import { BucketChanged, clip, RestoreStop, resultOf } from './stop.ts';

/** How often the bucket may change under the reading before the operator shall try again. */
const readings = 5;

type Skipped = AttemptDocument['skipped'];

/** Runs restore to its end. Rejects only when aborted, or for a fault of ours. */
export async function restore(world: AgentWorld, signal: AbortSignal): Promise<RestoreResult> {
  try {
    const finished = await findFinished(world, signal);
    if (finished !== undefined) return success(finished.placed?.update, 'an earlier try had finished');
    await clearDirectory(world);
    return await start(world, signal);
  } catch (cause) {
    const result = resultOf(cause);
    if (result === undefined) throw cause;
    return result;
  }
}

async function start(world: AgentWorld, signal: AbortSignal): Promise<RestoreResult> {
  const { clock, config } = world;
  const started = clock.monotonic();
  const waitedSeconds = await waitForPredecessor(world, signal);
  const { from, skipped } = await placeResumePoint(world, signal);
  await notePlaced(world, from);
  const { image, gpus, run } = config.environment;
  const document: AttemptDocument = {
    version: 1,
    attempt: config.attempt,
    runUid: run.uid,
    podUid: config.podUid,
    resumedFrom: from === undefined ? null : linkTo(from),
    skipped,
    image,
    gpus,
    restoreSeconds: secondsSince(clock.monotonic(), started),
    waitedSeconds,
  };
  await openAttempt(world, document, signal);
  return success(from?.update, from === undefined ? 'nothing was ever saved' : `placed ${from.key}`);
}

interface Placement {
  /** Undefined for a start from scratch. */
  readonly from: Checkpoint | undefined;
  readonly skipped: Skipped;
}

/** Plans and places, and plans again when the bucket changes meanwhile. What was found bad stays skipped. */
async function placeResumePoint(world: AgentWorld, signal: AbortSignal): Promise<Placement> {
  const skipped = new Map<string, string>();
  for (let left = readings; ; left -= 1) {
    try {
      return await placeFirstGood(world, skipped, signal);
    } catch (cause) {
      if (!(cause instanceof BucketChanged) || left === 1) throw cause;
      world.log.warn({ cause: cause.message }, 'the bucket changed, reading it again');
    }
  }
}

async function placeFirstGood(
  world: AgentWorld,
  skipped: Map<string, string>,
  signal: AbortSignal,
): Promise<Placement> {
  const plan = planResume(await readRun(world, signal));
  if (plan.kind === 'Stop') throw new RestoreStop(plan.reason, plan.message);
  if (plan.kind === 'Scratch') return { from: undefined, skipped: [] };
  for (const checkpoint of plan.candidates.filter(({ key }) => !skipped.has(key))) {
    const path = privatePath(world, `restore-${skipped.size + 1}.part`);
    const flaw = await fetchCandidate(world, { checkpoint, path }, signal);
    if (flaw === undefined) {
      await world.disk.rename(path, sharedPath(world, modelLast));
      world.log.info({ key: checkpoint.key, update: checkpoint.update }, 'resume point placed');
      return { from: checkpoint, skipped: listSkipped(skipped) };
    }
    world.log.warn({ key: checkpoint.key, cause: flaw }, 'checkpoint cannot be used, trying an older one');
    skipped.set(checkpoint.key, flaw);
  }
  throw nothingUsable(skipped);
}

const listSkipped = (skipped: ReadonlyMap<string, string>): Skipped =>
  [...skipped].map(([key, reason]) => ({ key, reason: clip(reason) }));

function nothingUsable(skipped: ReadonlyMap<string, string>): RestoreStop {
  const each = [...skipped].map(([key, reason]) => `${key}: ${reason}`).join(' | ');
  const message = `None of the ${skipped.size} checkpoints on the lineage can be used. Nothing is started from zero while saved work exists. ${each}`;
  return new RestoreStop('NoUsableCheckpoint', message);
}

async function notePlaced(world: AgentWorld, from: Checkpoint | undefined): Promise<void> {
  if (from === undefined) return writePlaced(world, { version: 1, placed: null });
  const facts = await world.disk.stat(sharedPath(world, modelLast));
  if (facts === undefined) throw new Error(`${modelLast} was removed while restore was at work`);
  const { inode, modifiedAt, sizeBytes } = facts;
  const { key, attempt, update } = from;
  await writePlaced(world, { version: 1, placed: { key, attempt, update, inode, modifiedAt, sizeBytes } });
}

const linkTo = ({ key, attempt, update, sizeBytes }: Checkpoint): AttemptDocument['resumedFrom'] => ({
  key,
  attempt,
  update,
  sizeBytes,
});

const secondsSince = (now: number, started: number): Seconds => (now - started) / 1000;

const success = (update: number | undefined, message: string): RestoreResult => ({
  version: 1,
  outcome: update === undefined ? 'Scratch' : 'Restored',
  reason: '',
  message,
  update: update ?? null,
});
