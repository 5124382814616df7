// kubectl reprise why: what a run waits for and what would change that. Observes what the operator observes, decides with the
// operator's own function, and says what could not be seen. Reads only.
import { clusterOptions, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { type Explanation, explain } from './explanation.ts';
import { explanationReport } from './explanation-report.ts';
import { findIdleness } from './idleness.ts';
import { gapRows } from './reach.ts';
import { observeRun, type RunObservation } from './run-observation.ts';
import { formatSheet } from './sheet.ts';
import { storeOptions } from './store-access.ts';
import { requireWholeRun } from './target.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const why: Command = {
  name: 'why',
  summary: 'tell what a run waits for, why, and what would change that',
  about: `Looks at the run, its store, Jobs, pods, nodes and bucket as the operator does, and decides with the same rules: what stands,
because of what, what the operator does next and when, and what would change it. It changes nothing. What your rights or your
credentials do not reach is named, and what cannot be told because of it; then it says what the run's status says.`,
  arguments: [{ name: 'RUN', help: 'name of a TTSTrainingRun', required: true }],
  options: [
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print one JSON object' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['why -n voice xiaoyi-zh', 'why xiaoyi-zh -o json'],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const name = requireWholeRun(input.arguments[0] ?? '');
  const answer = await withCluster(world, input, async (cluster, namespace) => {
    const look = async (): Promise<RunObservation> =>
      observeRun({ world, input, cluster }, { name, namespace }, signal);
    const observation = await look();
    const idle = await findIdleness(world, { observation, look }, signal);
    return { observation, idle, explanation: explain(observation.snapshot, observation) };
  });
  const text =
    input.text('output') === 'json' ? JSON.stringify(reportOf(answer), null, 2) : describe(world, answer);
  world.out.write(`${text}\n`);
  return 0;
}

interface Answer {
  readonly observation: RunObservation;
  readonly explanation: Explanation;
  /** Why nobody seems to act on the run; undefined when somebody may well. */
  readonly idle: string | undefined;
}

const reportOf = ({ observation, explanation, idle }: Answer): object => ({
  ...explanationReport(observation, explanation),
  idle: idle ?? null,
});

function describe({ out }: CliWorld, { observation, explanation, idle }: Answer): string {
  const { namespace, run: found, gaps } = observation;
  const { phase, reason, message, evidence, next, cure, judgedFrom } = explanation;
  const rows = [
    ['what', message],
    ...evidence.map((clause, at) => [at === 0 ? 'because' : '', clause]),
    ['next', next?.words ?? 'cannot be told from here'],
    ...(cure === undefined ? [] : [['change it', cure]]),
    ...(idle === undefined ? [] : [['operator', idle]]),
    ...(judgedFrom === 'Status' ? [['judged', 'from status alone, as the operator wrote it last']] : []),
    ...gapRows(gaps),
  ];
  const heading = `${namespace}/${found.metadata.name} is ${phase}${reason === undefined ? '' : `: ${reason}`}`;
  return `${plain(heading)}\n${formatSheet(rows, out)}`;
}
