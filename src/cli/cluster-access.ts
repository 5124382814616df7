// Finds the run a person names and the store it uses, as kubectl would: kubeconfig, context, namespace. Reads only.
import { parseRun, type TTSTrainingRun } from '../api/run.ts';
import { type CheckpointStore, parseStore } from '../api/store.ts';
import type { Parsed } from '../api/parsed.ts';
import { runNames, storeNames } from '../api/names.ts';
import { type Cluster, ClusterError } from '../ports/cluster.ts';
import { runs, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { CommandInput, OptionSpec } from './command.ts';
import { AbsentRun, CommandError, sentenceOf } from './errors.ts';
import type { CliWorld } from './world.ts';

/** The options of every command that asks the API server. */
export const clusterOptions: readonly OptionSpec[] = [
  {
    name: 'namespace',
    short: 'n',
    value: 'NAMESPACE',
    help: 'namespace of the run (default: of the context)',
  },
  { name: 'context', value: 'NAME', help: 'context of the kubeconfig (default: the current one)' },
  { name: 'kubeconfig', value: 'FILE', help: 'kubeconfig to use (default: KUBECONFIG, then ~/.kube/config)' },
];

/** A run as the API server has it. */
export interface KnownRun {
  readonly run: TTSTrainingRun;
  /** The same with whatever this version does not know of it. */
  readonly object: KubeObject;
  readonly namespace: string;
}

/** Opens the API server the options mean and does `use` with it; closes it again in every case. */
export async function withCluster<T>(
  world: CliWorld,
  input: CommandInput,
  use: (cluster: Cluster, namespace: string) => Promise<T>,
): Promise<T> {
  const choice = { kubeconfig: input.text('kubeconfig'), context: input.text('context') };
  await using opened = await world.openCluster(choice);
  return await use(opened.cluster, input.text('namespace') ?? opened.namespace);
}

/** The run of this name. @throws CommandError when there is none */
export async function findRun(
  cluster: Cluster,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<KnownRun> {
  const found = await cluster.get(runs, { name, namespace }, signal);
  if (found === undefined) {
    await requireKind(cluster, namespace, signal);
    throw new AbsentRun(
      `there is no ${runNames.kind} "${name}" in namespace "${namespace}": kubectl get ${runNames.shortName} -A lists the runs, and -n chooses the namespace`,
    );
  }
  return { run: readRun(found, namespace), object: found, namespace };
}

// To a get it is all the same whether there is no such run or no such kind.
async function requireKind(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<void> {
  try {
    await cluster.list(runs, { namespace }, signal);
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
  }
}

/** Understands a run as the API server gave it. @throws CommandError when this version cannot */
export const readRun = (object: KubeObject, namespace: string): TTSTrainingRun =>
  understood(parseRun(object), `${runNames.kind} ${namespace}/${object.metadata.name}`);

/** The user may not read the store of a run. */
export class UnseenStore extends CommandError {}

/** The store that holds a run's checkpoints. @throws UnseenStore, CommandError when it cannot be told */
export async function findStore(
  cluster: Cluster,
  { run, namespace }: KnownRun,
  signal: AbortSignal,
): Promise<CheckpointStore> {
  const name = run.status?.store ?? run.spec.store;
  if (name === undefined)
    throw new CommandError(
      `the run ${namespace}/${run.metadata.name} has no store yet (status.store is empty): name one in spec.store, or look at its status.message`,
    );
  try {
    const found = await cluster.get(stores, { name }, signal);
    if (found !== undefined) return understood(parseStore(found), `${storeNames.kind} ${name}`);
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
    throw new UnseenStore(
      `without its ${storeNames.kind} nobody can tell where the checkpoints of ${namespace}/${run.metadata.name} are: ${sentenceOf(cause)}`,
      { cause },
    );
  }
  throw new CommandError(
    `the ${storeNames.kind} "${name}" of the run ${namespace}/${run.metadata.name} is gone`,
  );
}

function understood<T>(parsed: Parsed<T>, what: string): T {
  if ('ok' in parsed) return parsed.ok;
  throw new CommandError(
    `${what} is not understood by this version of kubectl reprise: ${parsed.problems.join('; ')}`,
  );
}
