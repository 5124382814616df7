// kubectl reprise checkpoints: which checkpoints a run has, which of them the next attempt would start from, and which were left
// behind. From status, or with --bucket from the bucket itself. Reads only.
import type { ResumePlan } from '../domain/bucket/resume.ts';
import { clusterOptions, findRun, withCluster } from './cluster-access.ts';
import {
  type CheckpointRow,
  describeRows,
  reportOf,
  rowsFromBucket,
  rowsFromStatus,
} from './checkpoint-rows.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { openRun } from './remote-checkpoint.ts';
import { storeOptions } from './store-access.ts';
import { requireRun } from './target.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';
import { UsageError } from './errors.ts';

export const checkpoints: Command = {
  name: 'checkpoints',
  summary: "list a run's checkpoints, the resume point marked",
  about: `Lists the checkpoints of a run, newest first; * marks the resume point: what the next attempt would start from.
Without --bucket the newest ones are listed as the run's status has them; with --bucket all of them, as they are in the bucket.`,
  arguments: [{ name: 'RUN', help: 'name of a TTSTrainingRun', required: true }],
  options: [
    { name: 'bucket', help: 'list the bucket instead of reading status' },
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['checkpoints -n voice xiaoyi-zh', 'checkpoints xiaoyi-zh --bucket -o json'],
  run,
};

interface Found {
  readonly rows: readonly CheckpointRow[];
  /** What a person should know beside the rows, a sentence each. */
  readonly notes: readonly string[];
}

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const { name, update } = requireRun(input.arguments[0] ?? '');
  if (update !== undefined)
    throw new UsageError(`checkpoints takes a run without @${update}: it lists all of them`);
  const { rows, notes } = await (input.isSet('bucket')
    ? readBucket(world, input, { name, signal })
    : readStatus(world, input, { name, signal }));
  if (input.text('output') === 'json') world.out.write(`${JSON.stringify(rows.map(reportOf), null, 2)}\n`);
  else if (rows.length > 0) world.out.write(`${describeRows(rows, world.clock.now())}\n`);
  for (const note of notes) world.messages.write(`${plain(note)}\n`);
  return 0;
}

interface Question {
  readonly name: string;
  readonly signal: AbortSignal;
}

async function readStatus(world: CliWorld, input: CommandInput, { name, signal }: Question): Promise<Found> {
  const { run: found } = await withCluster(world, input, (cluster, namespace) =>
    findRun(cluster, { name, namespace }, signal),
  );
  const { status } = found;
  const listed = status?.checkpoints;
  if (status === undefined || listed === undefined || listed.count === 0)
    return { rows: [], notes: [`The run has no checkpoint yet. ${status?.message ?? ''}`.trim()] };
  const more = listed.count - listed.newest.length;
  const notes = more > 0 ? [`${more} more are in the bucket: --bucket lists them all.`] : [];
  return { rows: rowsFromStatus(status), notes };
}

async function readBucket(world: CliWorld, input: CommandInput, { name, signal }: Question): Promise<Found> {
  const { bucket, reading } = await openRun({ world, input }, name, signal);
  const { inventory, plan } = reading;
  const rows = rowsFromBucket(reading);
  const unknown = inventory.unknown.length;
  const where = `s3://${bucket}/${inventory.prefix}`;
  return {
    rows,
    notes: [
      ...(rows.length === 0 ? [`There is no checkpoint below ${where}.`] : []),
      ...beginningNotes(plan),
      ...(unknown > 0 ? [`${unknown} objects below ${where} are not Reprise's; it never touches them.`] : []),
    ],
  };
}

/** What is unusual about the next attempt's start. */
function beginningNotes(plan: ResumePlan): readonly string[] {
  if (plan.kind === 'Stop') return [`No attempt would start: ${plan.message}`];
  if (plan.kind === 'Initialize') return ['The next attempt would start from what initializeFrom names.'];
  if (plan.rollback === undefined) return [];
  const where = plan.kind === 'From' ? `update ${plan.candidates[0]?.update}` : 'scratch';
  return [
    `Rollback "${plan.rollback}" is still to be carried out: the next attempt would start from ${where}.`,
  ];
}
