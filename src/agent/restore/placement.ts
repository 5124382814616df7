// Chooses what the trainer is to start from and puts it into its directory: the first good candidate, and nothing beside it.
// What was found bad is named; the bucket is read again when it changes meanwhile.
import { modelLast } from '../../domain/agent/checkpoint-files.ts';
import { planResume, type ResumePlan } from '../../domain/bucket/resume.ts';
import type { AttemptDocument } from '../../wire/attempt-document.ts';
import { type AgentWorld, privatePath, sharedPath } from '../world.ts';
import { fetchCandidate } from './candidate.ts';
import { findMissing } from './expectation.ts';
import { planInitialization } from './initialization.ts';
import { readRun } from './run-reading.ts';
import { BucketChanged, clip, RestoreStop } from './stop.ts';
import type { Placed, Wanted } from './wanted.ts';

/** How often the bucket may change under the reading before the operator shall try again. */
const readings = 5;

export interface Placement {
  /** Undefined for a start from scratch. */
  readonly placed: Placed | undefined;
  readonly skipped: AttemptDocument['skipped'];
  /** The id of the rollback that this start carries out. */
  readonly rollback: string | null;
}

/** Plans and places, and plans again when the bucket changes meanwhile. What was found bad stays skipped. */
export async function placeBeginning(world: AgentWorld, signal: AbortSignal): Promise<Placement> {
  const skipped = new Map<string, string>();
  for (let left = readings; ; left -= 1) {
    try {
      const { placed, rollback } = await place(world, skipped, signal);
      return { placed, rollback, skipped: listSkipped(skipped) };
    } catch (cause) {
      if (!(cause instanceof BucketChanged) || left === 1) throw cause;
      world.log.warn({ cause: cause.message }, 'the bucket changed, reading it again');
    }
  }
}

type Skipped = Map<string, string>;
type Chosen = Pick<Placement, 'placed' | 'rollback'>;

const listSkipped = (skipped: Skipped): AttemptDocument['skipped'] =>
  [...skipped].map(([key, reason]) => ({ key, reason: clip(reason) }));

async function place(world: AgentWorld, skipped: Skipped, signal: AbortSignal): Promise<Chosen> {
  // What is said before each part of the work is all that is left of a restore that is killed in it.
  world.log.info({}, 'looking for what to start from');
  const question = await readRun(world, signal);
  const plan = planResume(question);
  switch (plan.kind) {
    case 'Stop':
      throw new RestoreStop(plan.reason, plan.message);
    case 'Scratch':
      return { placed: undefined, rollback: plan.rollback ?? null };
    case 'Initialize': {
      const wanted = await planInitialization(world, signal);
      return { placed: await placeFirstGood(world, { ...wanted, skipped }, signal), rollback: null };
    }
    case 'From': {
      for (const [key, why] of await findMissing(world, { question, plan }, signal)) skipped.set(key, why);
      const wanted = { ...ownCheckpoints(plan), skipped };
      return { placed: await placeFirstGood(world, wanted, signal), rollback: plan.rollback ?? null };
    }
  }
}

function ownCheckpoints({ candidates, rollback }: Extract<ResumePlan, { kind: 'From' }>): Wanted {
  const whose =
    rollback === undefined
      ? 'on the lineage'
      : `that rollback "${rollback}" asks for (set spec.rollback to another update with a new id)`;
  return { candidates, whose, name: modelLast, mode: undefined, fetch: fetchCandidate };
}

async function placeFirstGood(
  world: AgentWorld,
  wanted: Wanted & { readonly skipped: Skipped },
  signal: AbortSignal,
): Promise<Placed> {
  const { candidates, skipped, name, mode } = wanted;
  for (const candidate of candidates.filter(({ key }) => !skipped.has(key))) {
    const path = privatePath(world, `restore-${skipped.size + 1}.part`);
    world.log.info({ key: candidate.key }, 'fetching the checkpoint to start from');
    const fetched = await wanted.fetch(world, { candidate, path }, signal);
    if ('flaw' in fetched) {
      const { key } = candidate;
      world.log.warn({ key, cause: fetched.flaw }, 'checkpoint cannot be used, trying an older one');
      skipped.set(key, fetched.flaw);
      continue;
    }
    await world.disk.rename(path, sharedPath(world, name));
    world.log.info({ key: candidate.key, update: fetched.update, file: name }, 'resume point placed');
    return { name, mode, candidate, update: fetched.update };
  }
  throw nothingUsable(wanted);
}

function nothingUsable({ candidates, whose, skipped }: Wanted & { readonly skipped: Skipped }): RestoreStop {
  const each = [...skipped].map(([key, reason]) => `${key}: ${reason}`).join(' | ');
  const message = `None of the ${candidates.length} checkpoints ${whose} can be used. Nothing is started from zero while saved work exists. ${each}`;
  return new RestoreStop('NoUsableCheckpoint', message);
}
