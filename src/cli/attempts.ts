// kubectl reprise attempts: every attempt of a run, why it ended, what it saved and what it cost. From status alone. Reads only.
import { ledgerLimit } from '../domain/run/status.ts';
import { describeAttempts, describeTotals, reportOf } from './attempt-rows.ts';
import { clusterOptions, findRun, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { requireWholeRun } from './target.ts';
import type { CliWorld } from './world.ts';

export const attempts: Command = {
  name: 'attempts',
  summary: 'list the attempts of a run: why each ended, what it saved, lost and cost',
  about: `Lists the ledger of a run, newest first. A row marked ×3 stands for three attempts that ended alike before they trained.
FROM is the update it went on from, END the last it was seen to make, SAVED the newest it left in the bucket; LOST were made and
are made again (≥ where nobody saw the last of them). DURATION is the time its pod had until it stopped.`,
  arguments: [{ name: 'RUN', help: 'name of a TTSTrainingRun', required: true }],
  options: [
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT',
      words: ['json', 'wide'],
      help: 'json: print one JSON object; wide: more columns, with where the time of each start went',
    },
    ...clusterOptions,
  ],
  examples: ['attempts -n voice xiaoyi-zh', 'attempts -n voice xiaoyi-zh -o wide'],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const name = requireWholeRun(input.arguments[0] ?? '');
  const { run: found } = await withCluster(world, input, (cluster, namespace) =>
    findRun(cluster, { name, namespace }, signal),
  );
  const { status } = found;
  const format = input.text('output');
  if (format === 'json') {
    world.out.write(`${JSON.stringify(reportOf(status), null, 2)}\n`);
    return 0;
  }
  if (status === undefined || status.attempts.length === 0) {
    world.messages.write('The run has made no attempt yet: kubectl reprise why tells what it waits for.\n');
    return 0;
  }
  const now = world.clock.now();
  world.out.write(`${describeAttempts(status.attempts, { now, isWide: format === 'wide' })}\n`);
  world.out.write(`\n${describeTotals(status.totals)}\n`);
  if (status.attempts.length >= ledgerLimit)
    world.messages.write('Status keeps the newest attempts only; the totals are of all.\n');
  return 0;
}
