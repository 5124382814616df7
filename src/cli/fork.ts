// kubectl reprise fork: creates another run that starts from a checkpoint of this one. Looks into the bucket first, so that the new
// run neither waits for what will never be there nor goes on from what somebody left under its name. Changes nothing of the old run.
import { runNames } from '../api/names.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { formatRunPrefix } from '../domain/bucket/keys.ts';
import { describeSaved } from '../domain/bucket/rollback.ts';
import type { StartMode } from '../domain/run/facts.ts';
import type { Update } from '../domain/units.ts';
import { type Cluster, ClusterError, type Manifest } from '../ports/cluster.ts';
import { runs } from '../ports/kinds.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError, UsageError } from './errors.ts';
import { forkManifest, namedPlaces } from './fork-manifest.ts';
import { type OpenedRun, openRun } from './remote-checkpoint.ts';
import { runArgument } from './run-act.ts';
import { storeOptions } from './store-access.ts';
import { readUpdate, requireWholeRun } from './target.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const fork: Command = {
  name: 'fork',
  summary: 'create another run that starts from a checkpoint of this one',
  about: `Creates the run NEW with the spec of RUN and initializeFrom. It goes on with the whole training state, or with --warm-start takes
the EMA weights alone and counts from 0. With --dry-run -o yaml the manifest is printed instead, to be edited or committed.`,
  arguments: [runArgument, { name: 'NEW', help: 'name of the run to create', required: true }],
  options: [
    { name: 'from', value: 'UPDATE', help: 'the update to start from (default: the newest when NEW starts)' },
    { name: 'warm-start', help: 'take over the EMA weights alone, and count from 0' },
    { name: 'dry-run', help: 'create nothing' },
    { name: 'output', short: 'o', value: 'FORMAT', words: ['yaml', 'json'], help: 'print the manifest' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'fork -n voice xiaoyi-zh xiaoyi-zh-b --from 40000',
    'fork -n voice xiaoyi-zh xiaoyi-soft --warm-start --dry-run -o yaml',
  ],
  run,
};

/** What the user asked for. */
interface Wish {
  readonly name: string;
  readonly update: Update | undefined;
  readonly mode: StartMode;
  readonly isDry: boolean;
}

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const [from = '', to = ''] = input.arguments;
  const source = requireWholeRun(from);
  const wish = readWish(input, source, requireWholeRun(to));
  const opened = await openRun({ world, input }, source, signal);
  const checkpoint = chooseStart(opened, wish);
  const { object, namespace, store } = opened;
  const manifest = forkManifest(object, { ...wish, namespace, store: store.metadata.name });
  await withCluster(world, input, async (cluster) => {
    await refuseTaken(cluster, manifest, signal);
    await refuseUsedPlace(opened, wish, signal);
    if (!wish.isDry) await create(cluster, manifest, signal);
  });
  await tell(world, input, { opened, wish, checkpoint, manifest });
  return 0;
}

function readWish(input: CommandInput, source: string, name: string): Wish {
  if (source === name)
    throw new UsageError(
      `NEW is "${name}", the run itself: give the new run another name, or go back with rollback`,
    );
  const update = readUpdate('--from', input.text('from'));
  if (update === 0)
    throw new UsageError('--from is 0: nothing is saved there; a run from scratch needs no fork, create it');
  const mode = input.isSet('warm-start') ? 'WarmStart' : 'Resume';
  return { name, update, mode, isDry: input.isSet('dry-run') };
}

/** What it would start from now; undefined while nothing is saved. @throws CommandError for an update that is not there */
function chooseStart(
  { run: source, namespace, reading }: OpenedRun,
  { update }: Wish,
): Checkpoint | undefined {
  const what = `the run ${namespace}/${source.metadata.name}`;
  const { lineage, plan } = reading;
  if (lineage === undefined)
    throw new CommandError(
      `from ${what} nothing can start: ${plan.kind === 'Stop' ? plan.message : 'its lineage cannot be read'}`,
    );
  if (update === undefined) return lineage[0];
  const chosen = lineage.find((checkpoint) => checkpoint.update === update);
  if (chosen !== undefined) return chosen;
  throw new CommandError(
    `${what} has no checkpoint of update ${update} on its lineage, and initializeFrom takes no other. ${describeSaved(reading, update)}`,
  );
}

// A run adopts what an unfinished one of its name left, and then starts from that.
async function refuseUsedPlace(opened: OpenedRun, { name }: Wish, signal: AbortSignal): Promise<void> {
  const { store, namespace, objects, bucket } = opened;
  const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, namespace, run: name });
  for await (const page of objects.list(prefix, signal)) {
    if (page.length === 0) continue;
    throw new CommandError(
      `objects of an earlier run named ${name} lie below s3://${bucket}/${prefix}: the new run would go on from those, or stall, and not start from ${opened.run.metadata.name}; choose another name`,
    );
  }
}

async function refuseTaken(cluster: Cluster, { metadata }: Manifest, signal: AbortSignal): Promise<void> {
  if ((await cluster.get(runs, metadata, signal)) !== undefined) throw taken(metadata);
}

async function create(cluster: Cluster, manifest: Manifest, signal: AbortSignal): Promise<void> {
  try {
    await cluster.create(runs, manifest, signal);
  } catch (cause) {
    if (cause instanceof ClusterError && cause.code === 'AlreadyExists') throw taken(manifest.metadata);
    throw cause;
  }
}

const taken = ({ name, namespace = '' }: Manifest['metadata']): CommandError =>
  new CommandError(`there is a ${runNames.kind} ${namespace}/${name} already: choose another name`);

interface Told {
  readonly opened: OpenedRun;
  readonly wish: Wish;
  readonly checkpoint: Checkpoint | undefined;
  readonly manifest: Manifest;
}

async function tell({ out, messages, loadYaml }: CliWorld, input: CommandInput, told: Told): Promise<void> {
  const format = input.text('output');
  const { isDry, name } = told.wish;
  const sentence = `${name} ${isDry ? 'would be created' : 'is created'}: it ${startOf(told)}.\n`;
  if (format === undefined) out.write(sentence);
  else {
    messages.write(sentence);
    const { manifest } = told;
    out.write(
      format === 'json' ? `${JSON.stringify(manifest, null, 2)}\n` : (await loadYaml()).format(manifest),
    );
  }
  for (const note of notesOf(told)) messages.write(`${plain(note)}\n`);
}

function startOf({ opened, wish: { update, mode }, checkpoint }: Told): string {
  const source = opened.run.metadata.name;
  const verb = mode === 'Resume' ? 'goes on from' : 'starts with the EMA weights of';
  if (checkpoint === undefined)
    return `waits, Stalled, until ${source} has saved a checkpoint, and ${verb} that one`;
  const now = `update ${checkpoint.update} of ${source} (attempt ${checkpoint.attempt.number}, ${checkpoint.kind})`;
  return update === undefined
    ? `${verb} the newest checkpoint of ${source} when it starts, now ${now}`
    : `${verb} ${now}`;
}

function notesOf({ opened, wish: { name } }: Told): readonly string[] {
  const { metadata, spec } = opened.run;
  const places = namedPlaces(spec.trainer, metadata.name);
  return [
    ...(places.length === 0
      ? []
      : [
          `The spec still names ${metadata.name} where the trainer of ${name} writes: ${places.join('; ')}. That is well on a volume of its own; change both alike if they should say ${name}.`,
        ]),
    ...(metadata.deletionTimestamp === undefined
      ? []
      : [`${metadata.name} is being deleted; what stays of it in the bucket is what ${name} starts from.`]),
  ];
}
