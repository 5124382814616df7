// kubectl reprise status: the runs of a namespace as a table, or one run on one screen; with --watch again at every change. Reads only.
import type { Cluster } from '../ports/cluster.ts';
import { runs } from '../ports/kinds.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { UsageError } from './errors.ts';
import { explain } from './explanation.ts';
import { redrawAtChanges } from './redraw.ts';
import { observeRun } from './run-observation.ts';
import { describeRun, runReport } from './status-screen.ts';
import { describeRuns, runsReport } from './status-table.ts';
import { storeOptions } from './store-access.ts';
import { requireWholeRun } from './target.ts';
import type { CliWorld } from './world.ts';

export const status: Command = {
  name: 'status',
  summary: 'show the runs of a namespace, or one run on one screen',
  about: `Without RUN: a table of runs, from their status. With RUN: how far it is and where that was seen, from what it would resume, what
an eviction now would cost, its newest attempts, and what comes next (kubectl reprise why tells more).
--watch shows it again at every change until Ctrl-C, and then ends with exit status 0.`,
  arguments: [{ name: 'RUN', help: 'name of a TTSTrainingRun (default: all of them)', required: false }],
  options: [
    { name: 'watch', short: 'w', help: 'show it again at every change, until interrupted' },
    { name: 'all-namespaces', short: 'A', help: 'the runs of all namespaces' },
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT',
      words: ['json'],
      help: 'print JSON: an array of runs, or one run; with --watch one line at every change',
    },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'status -n voice',
    'status -A',
    'status -n voice xiaoyi-zh',
    'status -n voice xiaoyi-zh --watch',
  ],
  run,
};

interface Viewing {
  readonly world: CliWorld;
  readonly input: CommandInput;
  readonly cluster: Cluster;
  /** Undefined: all of them. */
  readonly namespace: string | undefined;
}

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const [given] = input.arguments;
  const name = given === undefined ? undefined : requireWholeRun(given);
  const isEverywhere = input.isSet('all-namespaces');
  if (name !== undefined && isEverywhere)
    throw new UsageError('--all-namespaces is for the table of runs: leave it out, or leave RUN out');
  await withCluster(world, input, async (cluster, chosen) => {
    const namespace = isEverywhere ? undefined : chosen;
    const viewing = { world, input, cluster, namespace };
    const draw = (): Promise<string> =>
      (name === undefined ? drawTable : drawRun)(viewing, { name: name ?? '', namespace: chosen }, signal);
    if (input.isSet('watch')) await redrawAtChanges(world, { cluster, namespace, name, draw }, signal);
    else world.out.write(`${await draw()}\n`);
  });
  return 0;
}

interface RunName {
  readonly name: string;
  readonly namespace: string;
}

async function drawTable(viewing: Viewing, _name: RunName, signal: AbortSignal): Promise<string> {
  const { world, cluster, namespace } = viewing;
  const found = await cluster.list(runs, namespace === undefined ? {} : { namespace }, signal);
  const isJson = viewing.input.text('output') === 'json';
  if (isJson) return format(viewing, runsReport(found));
  if (found.length > 0) return describeRuns(found, { world, hasNamespaces: namespace === undefined });
  return namespace === undefined ? 'There are no runs.' : `There are no runs in namespace ${namespace}.`;
}

async function drawRun(viewing: Viewing, name: RunName, signal: AbortSignal): Promise<string> {
  const { world } = viewing;
  const observation = await observeRun(viewing, name, signal);
  const explanation = explain(observation.snapshot, observation);
  return viewing.input.text('output') === 'json'
    ? format(viewing, runReport(observation, explanation))
    : describeRun(world, observation, explanation);
}

/** For reading, or a line each where one follows the other. */
const format = ({ input }: Viewing, value: object): string =>
  input.isSet('watch') ? JSON.stringify(value) : JSON.stringify(value, null, 2);
