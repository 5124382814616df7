// kubectl reprise logs: what the containers of one attempt say, in the order of time, as long as its pod exists; after that, what the
// ledger remembers of it. Reads only.
import { containers } from '../api/names.ts';
import type { LedgerEntry } from '../domain/run/status.ts';
import { attemptNumberOf } from '../observation/pod-facts.ts';
import type { Pod } from '../ports/kube-objects.ts';
import { findPod } from './attempt-pod.ts';
import { clusterOptions, findRun, type KnownRun, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError, UsageError } from './errors.ts';
import { followLogs } from './log-following.ts';
import { LogPrinter } from './log-printer.ts';
import { showSoFar } from './log-reading.ts';
import { requireWholeRun } from './target.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

const all = [containers.restore, containers.sync, containers.trainer];

export const logs: Command = {
  name: 'logs',
  summary: 'show what the trainer and the agents of an attempt say, in the order of time',
  about: `Interleaves the logs of the attempt's containers (restore, sync, trainer) by the time each line was written, a prefix for each.
A progress bar that rewrites its line is shown as it last looked. When the pod is gone, so are its logs: then it says how the attempt
ended, with exit status 1. --follow goes on until the pod has ended or Ctrl-C, which is exit status 0.`,
  arguments: [{ name: 'RUN', help: 'name of a TTSTrainingRun', required: true }],
  options: [
    { name: 'attempt', value: 'N', help: 'number of the attempt (default: the newest)' },
    {
      name: 'container',
      short: 'c',
      value: 'NAME',
      words: all,
      help: 'of this container alone, without the prefix',
    },
    { name: 'follow', short: 'f', help: 'go on with what is written from now on' },
    { name: 'tail', value: 'N', help: 'no more than the last N lines of each container' },
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT',
      words: ['json'],
      help: 'print a JSON object on each line',
    },
    ...clusterOptions,
  ],
  examples: [
    'logs -n voice xiaoyi-zh',
    'logs -n voice xiaoyi-zh --follow --tail 20',
    'logs xiaoyi-zh --attempt 3 -c trainer',
  ],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const name = requireWholeRun(input.arguments[0] ?? '');
  const wanted = numberOf(input, 'attempt');
  const tailLines = numberOf(input, 'tail');
  const chosen = input.text('container');
  return await withCluster(world, input, async (cluster, namespace): Promise<ExitCode> => {
    const known = await findRun(cluster, { name, namespace }, signal);
    const attempt = wanted ?? known.run.status?.attempt;
    const pod = await findPod(cluster, { known, attempt }, signal);
    if (pod === undefined) throw new CommandError(withoutPod(known, attempt ?? 0));
    const printer = new LogPrinter(world.out, {
      attempt: attemptNumberOf(pod) ?? 0,
      isPrefixed: chosen === undefined,
      isJson: input.text('output') === 'json',
    });
    const wantedContainers = chosen === undefined ? all : [chosen];
    const reading = { cluster, pod, containers: wantedContainers, tailLines, printer };
    await showSoFar(reading, signal);
    if (input.isSet('follow')) await followLogs(world, reading, signal);
    else if (printer.count === 0) world.messages.write(`${plain(silence(pod))}\n`);
    return 0;
  });
}

function numberOf(input: CommandInput, option: string): number | undefined {
  const text = input.text(option);
  if (text === undefined) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} is "${text}": write a whole number from 1 on`);
}

const silence = ({ metadata, status }: Pod): string =>
  `pod ${metadata.name} (${status?.phase ?? 'Pending'}) has said nothing yet: kubectl reprise why tells what it waits for`;

function withoutPod({ run: { status, metadata }, namespace }: KnownRun, attempt: number): string {
  if (attempt === 0)
    return `the run ${namespace}/${metadata.name} has made no attempt yet: kubectl reprise why tells what it waits for`;
  const entry = status?.attempts.find(({ number }) => number === attempt);
  if (entry === undefined)
    return `attempt ${attempt} has no pod, and status knows nothing of it: kubectl reprise attempts lists those it knows`;
  return entry.cause === undefined
    ? `attempt ${attempt} has no pod now: kubectl reprise why tells what it waits for`
    : `the pod of attempt ${attempt} is gone, and its logs with it; ${lastWords(entry)}`;
}

const lastWords = ({ cause, exitCode, message }: LedgerEntry): string =>
  `it ended as ${cause ?? ''}${exitCode === undefined ? '' : ` (exit code ${exitCode})`}${message === undefined ? '' : `: ${message}`}`;
