// Where the pins of a run's name are: in the spec of the run, or in the bucket alone once the run is gone. Reads only.
import type { TTSTrainingRun } from '../api/run.ts';
import { type CheckpointStore, parseStore } from '../api/store.ts';
import { formatRunPrefix } from '../domain/bucket/keys.ts';
import type { BucketFacts, MarkerFacts } from '../domain/run/facts.ts';
import { isDefaultStore } from '../observation/store-facts.ts';
import type { Cluster } from '../ports/cluster.ts';
import { runs, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { findStore, readRun } from './cluster-access.ts';
import type { CommandInput } from './command.ts';
import { CommandError } from './errors.ts';
import { readFacts } from './run-reading.ts';
import { withStore } from './store-access.ts';
import type { CliWorld } from './world.ts';

interface Place {
  readonly cluster: Cluster;
  readonly name: string;
  readonly namespace: string;
  readonly store: CheckpointStore;
  /** In the bucket, with its trailing slash. */
  readonly prefix: string;
}

/** A run that is there. */
export interface LivingPlace extends Place {
  readonly run: TTSTrainingRun;
}

/** What a run that is gone left. */
export interface LeftPlace extends Place {
  readonly run: undefined;
}

/** A place with its bucket open. */
export interface OpenPlace {
  readonly objects: ObjectStore;
  readonly facts: BucketFacts;
}

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

/** @throws CommandError when the store cannot be told */
export async function findPlace(
  {
    cluster,
    namespace,
    input,
  }: { readonly cluster: Cluster; readonly namespace: string; readonly input: CommandInput },
  name: string,
  signal: AbortSignal,
): Promise<LivingPlace | LeftPlace> {
  const object = await cluster.get(runs, { name, namespace }, signal);
  const run = object === undefined ? undefined : readRun(object, namespace);
  const store =
    object === undefined || run === undefined
      ? await storeOfGone(cluster, { name, namespace, wanted: input.text('store') }, signal)
      : await findStore(cluster, { run, object, namespace }, signal);
  const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, namespace, run: name });
  const place = { cluster, name, namespace, store, prefix };
  return run === undefined ? { ...place, run } : { ...place, run };
}

/** Does `use` with the bucket, opened with the first credentials that let it. */
export async function withPlace<T>(
  caller: Caller,
  { place, use }: { readonly place: Place; readonly use: (open: OpenPlace) => Promise<T> },
  signal: AbortSignal,
): Promise<T> {
  const { cluster, store, namespace, prefix } = place;
  const open = async (objects: ObjectStore): Promise<T> =>
    use({ objects, facts: await readFacts(objects, prefix, signal) });
  return withStore(caller, { cluster, store, namespace, use: open }, signal);
}

/** The run.json of what is left. @throws CommandError when there is none, or its deletion is under way */
export function requireLeft({ name, namespace, prefix }: LeftPlace, { marker }: BucketFacts): MarkerFacts {
  if (marker === undefined)
    throw new CommandError(
      `there is no run "${name}" in namespace "${namespace}", and nothing of one below ${prefix} (there is no run.json): -n chooses the namespace, --store the store`,
    );
  const { deletion } = marker;
  if (deletion?.begun === true && deletion.finished !== true)
    throw new CommandError(
      `what the run ${namespace}/${name} left is being deleted already, as its deletionPolicy or a policy for what is gone asked: it is too late for a pin`,
    );
  return marker;
}

interface Gone {
  readonly name: string;
  readonly namespace: string;
  readonly wanted: string | undefined;
}

async function storeOfGone(
  cluster: Cluster,
  { name, namespace, wanted }: Gone,
  signal: AbortSignal,
): Promise<CheckpointStore> {
  const object =
    wanted === undefined
      ? await onlyStore(cluster, signal)
      : await cluster.get(stores, { name: wanted }, signal);
  if (object === undefined) {
    const which =
      wanted === undefined
        ? 'no CheckpointStore is the default or the only one'
        : `there is no CheckpointStore "${wanted}"`;
    throw new CommandError(
      `there is no run "${name}" in namespace "${namespace}", and to look for what one left, ${which}: name it with --store`,
    );
  }
  const parsed = parseStore(object);
  if ('ok' in parsed) return parsed.ok;
  throw new CommandError(
    `the CheckpointStore ${object.metadata.name} is not understood by this version of kubectl reprise: ${parsed.problems.join('; ')}`,
  );
}

async function onlyStore(cluster: Cluster, signal: AbortSignal): Promise<KubeObject | undefined> {
  const all = await cluster.list(stores, {}, signal);
  const defaults = all.filter(isDefaultStore);
  const some = defaults.length === 0 ? all : defaults;
  return some.length === 1 ? some[0] : undefined;
}
