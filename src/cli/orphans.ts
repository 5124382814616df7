// kubectl reprise orphans: what lies in the stores of runs that are gone, whose it was, since when, and what becomes of it. Reads only.
import { type CheckpointStore, parseStore } from '../api/store.ts';
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import { sideBySide } from '../observation/bucket-documents.ts';
import { namespaces, runs, stores } from '../ports/kinds.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import { formatColumns } from './columns.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError } from './errors.ts';
import { observeOrphan, type OrphanSight, type SeenOrphan } from './orphan-observation.ts';
import { observePolicies } from './plan-observation.ts';
import { type Asking, Reach } from './reach.ts';
import { storeOptions, withStore } from './store-access.ts';
import { scanStore } from './usage-counting.ts';
import { formatCount, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const orphans: Command = {
  name: 'orphans',
  summary: 'show what runs that are gone left in the stores',
  about: `Lists what lies in the stores of runs that there are no more: how much, the labels of the run, since when the store has known that it is gone,
and what the policies make of it. It takes the right to list all runs and namespaces, and credentials that list the bucket. It changes nothing.`,
  arguments: [],
  options: [
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['orphans', 'orphans -o json'],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const { found, gaps } = await withCluster(world, input, async (cluster, namespace) => {
    const asking = { world, input, cluster, reach: new Reach() };
    return { found: await findOrphans(asking, namespace, signal), gaps: asking.reach.gaps };
  });
  const text =
    input.text('output') === 'json' ? JSON.stringify(found.map(reportOf), null, 2) : tableOf(found);
  world.out.write(`${text}\n`);
  for (const { missing, why, unjudged } of gaps)
    world.messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
  return 0;
}

async function findOrphans(
  asking: Asking,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly SeenOrphan[]> {
  const { cluster } = asking;
  const nothingSupposed = { rules: undefined, policies: [], at: undefined };
  const policies = await observePolicies(asking, nothingSupposed, signal);
  const spaces = await cluster.list(namespaces, {}, signal);
  const clusterUid = spaces.find(({ metadata }) => metadata.name === 'kube-system')?.metadata.uid ?? '';
  const labels = new Map(spaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const found: SeenOrphan[] = [];
  for (const object of await cluster.list(stores, {}, signal)) {
    const parsed = parseStore(object);
    if ('problems' in parsed)
      throw new CommandError(
        `the CheckpointStore ${object.metadata.name} is not understood by this version: ${parsed.problems.join('; ')}`,
      );
    const store = parsed.ok;
    const use = (objects: ObjectStore): Promise<readonly SeenOrphan[]> =>
      orphansIn(asking, { store, objects, clusterUid, policies, namespaces: labels }, signal);
    found.push(...(await withStore(asking, { cluster, store, namespace, use }, signal)));
  }
  return found.toSorted((a, b) => b.bytes - a.bytes || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The runs are listed after the scan: one that was made meanwhile is none that is gone. */
async function orphansIn(
  { cluster }: Asking,
  sight: OrphanSight & { readonly store: CheckpointStore },
  signal: AbortSignal,
): Promise<readonly SeenOrphan[]> {
  const tally = await scanStore(sight.store, sight.objects, signal);
  const listed = await cluster.list(runs, {}, signal);
  const living = new Set(listed.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const gone = [...tally.runs].flatMap(([name, left]) => (living.has(name) ? [] : [left]));
  return await sideBySide(gone, async (left) => observeOrphan(sight, left, signal));
}

const nameOf = ({ namespace, run: name }: SeenOrphan): string => `${namespace}/${name}`;

function tableOf(found: readonly SeenOrphan[]): string {
  if (found.length === 0) return 'No run that is gone has left anything.';
  const rows = found.map((orphan) => [
    plain(nameOf(orphan)),
    orphan.store,
    formatCount(orphan.objects),
    formatBytes(orphan.bytes),
    orphan.goneSince === undefined ? '-' : formatTime(orphan.goneSince),
    plain(fateOf(orphan)),
  ]);
  return formatColumns([['RUN', 'STORE', 'OBJECTS', 'BYTES', 'GONE SINCE', 'WHAT BECOMES OF IT'], ...rows]);
}

function fateOf({ checkpoints, goesAt, stopped }: SeenOrphan): string {
  if (stopped !== undefined) return `nothing is deleted: ${stopped}`;
  const { stay = 0, go = 0 } = checkpoints ?? {};
  if (go > 0) return `${go} checkpoints go, ${stay} stay`;
  return goesAt === undefined
    ? 'stays: no policy takes it'
    : `stays at least until ${formatTime(goesAt)}; what is pinned stays`;
}

const reportOf = ({ goneSince, goesAt, checkpoints, stopped, ...orphan }: SeenOrphan): object => ({
  ...orphan,
  goneSince: goneSince === undefined ? null : formatTime(goneSince),
  stay: checkpoints?.stay ?? null,
  go: checkpoints?.go ?? null,
  goesAt: goesAt === undefined ? null : formatTime(goesAt),
  stopped: stopped ?? null,
});
