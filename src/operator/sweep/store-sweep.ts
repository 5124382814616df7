// One sweep over one store: a scan of everything, what it counts, which runs' parts have changed, which runs are gone, which uploads are
// dead. Checkpoints are judged by the passes over their runs, or over what a run left, which it asks for; it deletes old logs alone.
import { isFarFewer } from '../../domain/retention/orphans.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import type { Keeping, StoreTally } from '../../domain/store/tally.ts';
import { usageOf } from '../../domain/store/usage.ts';
import { cacheKey, nameOf } from '../../ports/cluster.ts';
import { runs } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { OpenStore } from '../store/store-registry.ts';
import { deleteForGood } from './final-deletion.ts';
import { claimOf, keepNotes, leftBehindIn, type Missed, missedNow, type Survey } from './left-behind.ts';
import { RunMarkers } from './run-markers.ts';
import { abortStaleUploads } from './stale-uploads.ts';
import { scanStore } from './store-scan.ts';
import type { SweepWorld } from './sweep-world.ts';

/** What is remembered of a store between its sweeps. Losing it costs requests, never truth. */
export class SweepMemory {
  readonly markers = new RunMarkers();
  /** By `namespace/run`; undefined before the first sweep. */
  digests: ReadonlyMap<string, number> | undefined;
  /** How many runs there were. */
  runCount: number | undefined;
  missed: Missed = new Map();
}

/** So many checkpoints of runs that are gone are kept one by one, which is some 40 MB. */
const mostKept = 100_000;

interface Sweep {
  readonly open: OpenStore;
  readonly memory: SweepMemory;
}

/** Sweeps the store. @throws ObjectStoreError, ClusterError: then nothing was decided. */
export async function sweepStore(
  world: SweepWorld,
  { open, memory }: Sweep,
  signal: AbortSignal,
): Promise<void> {
  const { name } = open.store.metadata;
  const startedAt = world.clock.monotonic();
  // Before the first sweep nobody knows what lies there, but the runs there are have most of it.
  const known = new Set([...(memory.digests?.keys() ?? []), ...[...world.runs.values()].map(runOf)]);
  const landmarks = [...known].map((run) => landmarkOf(open, run));
  const scan = await scanStore(open, { landmarks, keeping: keepingOf(world) }, signal);
  const existing = await existingRuns(world, { name, memory }, signal);
  const { tally, uploads } = scan;
  const markers = await readMarkers(open, { tally, memory }, signal);
  const { clusterUid } = world;
  const survey = { open, clusterUid, tally, markers, existing, missed: memory.missed };
  tellUsage(world, survey);
  tellChanges(world, tally, memory);
  memory.missed = missedNow(survey);
  await keepNotes(survey, world.log, signal);
  const leftBehind = leftBehindIn(survey, memory.missed);
  const contents = new Map([...tally.runs].map(([run, { content }]) => [run, content]));
  world.looks.note(name, { startedAt, storeTime: open.objects.time(), contents, leftBehind });
  for (const { namespace, run, marker } of tally.runs.values())
    if (marker !== undefined && markers.get(marker.key)?.deletion !== undefined)
      world.onDeletionAsked({ store: name, namespace, run });
  const aborted = await abortStaleUploads(world, { store: open, uploads, markers }, signal);
  world.metrics?.abortedUploads(name, aborted);
  await deleteOldLogs(world, { open, tally }, signal);
}

/** One by one, what belongs to no run that the watch knows, where a policy may ask about it. */
function keepingOf({ runs: watched, policies }: SweepWorld): Keeping {
  const reading = policies.current();
  const isAsked =
    reading.kind === 'Read' &&
    reading.understood.some(({ capacity, orphans }) => capacity !== undefined || orphans !== undefined);
  return { isKept: (run) => isAsked && watched.get(run) === undefined, most: mostKept };
}

function tellUsage(world: SweepWorld, survey: Survey): void {
  const { open, tally, existing } = survey;
  const { name } = open.store.metadata;
  const usage = usageOf(tally, existing, (run) => claimOf(survey, run) !== undefined);
  world.metrics?.counted(name, usage);
  world.onCounted(name, usage);
  world.log.info({ store: name, ...usage, namespaces: undefined }, 'swept the store');
  const unclaimed = [...tally.runs].filter(
    ([run, one]) => existing?.has(run) === false && claimOf(survey, one) === undefined,
  );
  if (unclaimed.length === 0) return;
  const some = unclaimed.slice(0, named).map(([run]) => run);
  world.log.warn(
    { store: name, count: unclaimed.length, some },
    'places of runs that are gone have no run.json of this cluster, and stay whatever policies say: put it back, name the cluster it is of in spec.adoptClusters of the CheckpointStore, or remove the objects by hand',
  );
}

/** How many places a line of the log names. */
const named = 5;

const runOf = ({ metadata }: KubeObject): string => cacheKey(nameOf(metadata));

const landmarkOf = ({ store }: OpenStore, run: string): string => {
  const { prefix } = store.spec.s3;
  return prefix === '' ? `${run}/` : `${prefix}/${run}/`;
};

/** The runs there are, read from the API server; undefined when that list cannot be believed. */
async function existingRuns(
  { cluster, log }: SweepWorld,
  { name, memory }: { readonly name: string; readonly memory: SweepMemory },
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const listed = await cluster.list(runs, {}, signal);
  const before = memory.runCount ?? 0;
  memory.runCount = listed.length;
  if (!isFarFewer(before, listed.length)) return new Set(listed.map(runOf));
  log.warn(
    { store: name, before, now: listed.length },
    'the API server lists far fewer runs than before: nothing counts as left behind by one that is gone, until the next sweep',
  );
  return undefined;
}

function tellChanges(world: SweepWorld, tally: StoreTally, memory: SweepMemory): void {
  const before = memory.digests;
  memory.digests = new Map([...tally.runs].map(([run, { digest }]) => [run, digest]));
  if (before === undefined) return;
  for (const run of new Set([...before.keys(), ...memory.digests.keys()]))
    if (before.get(run) !== memory.digests.get(run)) world.onRunChanged(run);
}

async function readMarkers(
  { objects }: OpenStore,
  { tally, memory }: { readonly tally: StoreTally; readonly memory: SweepMemory },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MarkerFacts>> {
  const listed = [...tally.runs.values()].flatMap(({ marker }) => marker ?? []);
  return memory.markers.read(objects, listed, signal);
}

async function deleteOldLogs(
  world: SweepWorld,
  { open, tally }: { readonly open: OpenStore; readonly tally: StoreTally },
  signal: AbortSignal,
): Promise<void> {
  const targets = tally.oldLogs;
  if (targets.length === 0) return;
  const stayed = await deleteForGood(world, { open, targets }, signal);
  world.log.info(
    { store: open.store.metadata.name, count: targets.length, ...stayed },
    'deleted logs of deletions of more than 90 days ago',
  );
}
