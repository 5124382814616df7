// kubectl reprise rollback: has a run go back to an earlier checkpoint, or to nothing. Looks into the bucket first and says what
// that leaves behind; then asks by spec.rollback alone. It deletes nothing and ends nothing itself.
import type { TTSTrainingRun } from '../api/run.ts';
import { isCarriedOut, type Rollback } from '../domain/bucket/rollback.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError, UsageError } from './errors.ts';
import { openRun } from './remote-checkpoint.ts';
import { newRequestId } from './request-id.ts';
import { planRollbackOf, type RollbackPlan } from './rollback-plan.ts';
import { describeRollback, rollbackFields } from './rollback-report.ts';
import { refuseFinal, runArgument } from './run-act.ts';
import { changeRun, type RunPatch } from './run-change.ts';
import type { RunReading } from './run-reading.ts';
import { storeOptions } from './store-access.ts';
import { readUpdate, requireWholeRun } from './target.ts';
import type { CliWorld } from './world.ts';

export const rollback: Command = {
  name: 'rollback',
  summary: 'go back to an earlier checkpoint of a run, or start it anew',
  about: `Sets spec.rollback with a new id. The current attempt ends, and the next starts from the checkpoint of that update, exactly.
What came after stays in the bucket, abandoned. The checkpoint is looked for first, and what is left behind is told.`,
  arguments: [runArgument],
  options: [
    {
      name: 'to',
      value: 'UPDATE|scratch',
      help: 'the update to go back to; scratch (or 0) starts from nothing',
    },
    { name: 'attempt', value: 'N', help: 'the attempt that saved it, for one that was abandoned' },
    { name: 'dry-run', help: 'tell what it would do, and change nothing' },
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print one JSON object' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'rollback -n voice xiaoyi-zh --to 40000 --dry-run',
    'rollback -n voice xiaoyi-zh --to 40000 --attempt 2',
    'rollback -n voice xiaoyi-zh --to scratch',
  ],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const name = requireWholeRun(input.arguments[0] ?? '');
  const wish = readWish(input);
  const { run: found, namespace, reading } = await openRun({ world, input }, name, signal);
  refuseFinal(found, 'roll back');
  const pending = samePending(found, reading, wish);
  const id = pending?.id ?? newRequestId(world, takenIds(found, reading));
  const plan = planRollbackOf({ run: found, namespace, reading, wish: { ...wish, id } });
  const isJson = input.text('output') === 'json';
  const isDry = input.isSet('dry-run');
  if (!isJson) world.out.write(`${describeRollback(plan, world.clock.now())}\n`);
  const changed = isDry ? false : await ask(world, input, { plan, namespace, found, signal });
  if (isJson) {
    const fields = { namespace, run: name, changed, dryRun: isDry, ...rollbackFields(plan) };
    world.out.write(`${JSON.stringify(fields, null, 2)}\n`);
  } else world.out.write(`${name} ${outcomeOf({ isDry, changed, id, isPending: pending !== undefined })}\n`);
  return 0;
}

type Wish = Pick<Rollback, 'update' | 'attempt'>;

function readWish(input: CommandInput): Wish {
  const to = input.text('to');
  if (to === undefined)
    throw new UsageError(
      '--to is missing: write the update to go back to, such as --to 40000, or --to scratch',
    );
  const update = to === 'scratch' ? 0 : (readUpdate('--to', to, ', or scratch') ?? 0);
  const given = input.text('attempt');
  if (given !== undefined && !/^[1-9][0-9]{0,8}$/.test(given))
    throw new UsageError(`--attempt is "${given}": it must be the number of an attempt, from 1`);
  const attempt = Number(given ?? 0);
  if (update === 0 && attempt > 0)
    throw new UsageError(
      '--attempt belongs to an update: a start from scratch is of no attempt, leave it out',
    );
  return { update, attempt };
}

/** What was asked for already and not carried out yet, if it is the same. */
function samePending(
  { spec }: TTSTrainingRun,
  { origins }: RunReading,
  { update, attempt }: Wish,
): Rollback | undefined {
  const { rollback: asked } = spec;
  if (asked === undefined || isCarriedOut(asked.id, origins)) return undefined;
  return asked.update === update && asked.attempt === attempt ? asked : undefined;
}

function takenIds({ spec, status }: TTSTrainingRun, { origins }: RunReading): ReadonlySet<string> {
  const ids = [spec, ...origins, ...(status?.attempts ?? [])].map((known) =>
    typeof known.rollback === 'object' ? known.rollback.id : known.rollback,
  );
  return new Set(ids.filter((id) => id !== undefined));
}

interface Asking {
  readonly plan: RollbackPlan;
  readonly namespace: string;
  /** As the plan was made of it. */
  readonly found: TTSTrainingRun;
  readonly signal: AbortSignal;
}

async function ask(
  world: CliWorld,
  input: CommandInput,
  { plan, namespace, found, signal }: Asking,
): Promise<boolean> {
  const { name, uid } = found.metadata;
  const patchFor = (now: TTSTrainingRun): RunPatch | undefined => patchOf(plan.wish, found, now);
  const change = { name, namespace, uid, patchFor };
  const { changed } = await withCluster(world, input, async (cluster) => changeRun(cluster, change, signal));
  return changed;
}

function patchOf(wish: Rollback, planned: TTSTrainingRun, now: TTSTrainingRun): RunPatch | undefined {
  refuseFinal(now, 'roll back');
  const asked = now.spec.rollback?.id;
  if (asked === wish.id) return undefined;
  if (asked !== planned.spec.rollback?.id)
    throw new CommandError(
      `somebody else has asked the run ${now.metadata.name} for another rollback meanwhile (id "${asked ?? ''}"): look at it, and run the command again if this one is still meant`,
    );
  return { spec: { rollback: wish } };
}

interface Outcome {
  readonly isDry: boolean;
  readonly changed: boolean;
  readonly id: string;
  readonly isPending: boolean;
}

function outcomeOf({ isDry, changed, id, isPending }: Outcome): string {
  if (changed) return `is told to, by rollback "${id}".`;
  if (isPending) return `was told to already, by rollback "${id}", which is still to be carried out.`;
  return isDry ? 'was not changed (--dry-run).' : `is told to, by rollback "${id}".`;
}
