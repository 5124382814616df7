// kubectl reprise explain: why one checkpoint stays or goes: every rule that speaks for or against it, with its value and whose it is, and
// when that changes. By the function that the operator decides with. Reads only.
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import { selects } from '../domain/retention/policy.ts';
import type { RunQuestion } from '../domain/retention/run-plan.ts';
import type { Instant } from '../domain/units.ts';
import { clusterOptions } from './cluster-access.ts';
import { type ClusterPlan, planCluster } from './cluster-plan.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError } from './errors.ts';
import { hypothesisOptions, readHypothesis } from './hypothesis.ts';
import { readPinned } from './pin-options.ts';
import type { ShownRuling, ShownRun } from './plan-view.ts';
import { type Grounds, silentValues, tellReason, type ToldReason } from './reason-words.ts';
import { formatSheet } from './sheet.ts';
import { storeOptions } from './store-access.ts';
import { nextVerdict, type VerdictChange } from './verdict-change.ts';
import { formatAge, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'tell why a checkpoint stays or goes, and when that changes',
  about: `Tells of every checkpoint of that update which rules speak for it and against it, the one that wins first, each with its value and whose
rule it is; which rules are set and say nothing of it; and when time alone gives it another verdict. It changes nothing.`,
  arguments: [{ name: 'RUN@UPDATE', help: 'a TTSTrainingRun and an update of it', required: true }],
  options: [
    { name: 'attempt', value: 'NUMBER', help: 'only the checkpoint that this attempt saved' },
    ...hypothesisOptions,
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['explain -n voice xiaoyi-zh@40000', 'explain xiaoyi-zh@40000 --at 2026-12-01 -o json'],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const wanted = readPinned(input);
  const hypothesis = await readHypothesis(world, input);
  const wish = { is: 'Run', name: wanted.name } as const;
  const planned = await planCluster({ world, input }, { wish, hypothesis }, signal);
  const explanations = explanationsOf(planned, wanted);
  if (explanations.length === 0) {
    tellGaps(world, planned);
    throw noCheckpoint(planned, wanted);
  }
  const text =
    input.text('output') === 'json'
      ? JSON.stringify(explanations.map(reportOf), null, 2)
      : explanations.map((one) => describe(world, one)).join('\n\n');
  world.out.write(`${text}\n`);
  tellGaps(world, planned);
  return 0;
}

function tellGaps({ messages }: CliWorld, { gaps }: ClusterPlan): void {
  for (const { missing, why, unjudged } of gaps)
    messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
}

interface Explanation {
  readonly run: ShownRun;
  readonly ruling: ShownRuling;
  readonly reasons: readonly ToldReason[];
  readonly audit: readonly ToldReason[];
  readonly silent: readonly string[];
  readonly change: VerdictChange | undefined;
  readonly at: Instant;
}

interface Wanted {
  readonly name: string;
  readonly update: number;
  readonly attempt: number | undefined;
}

function explanationsOf(planned: ClusterPlan, { update, attempt }: Wanted): readonly Explanation[] {
  const [run] = planned.view.runs;
  const question = planned.questions.find((one) => isOf(one, run));
  const rulings = (run?.rulings ?? []).filter(
    ({ checkpoint }) =>
      checkpoint.update === update && (attempt === undefined || checkpoint.attempt.number === attempt),
  );
  if (run === undefined || question === undefined) return [];
  return rulings.map((ruling) => explanationOf(planned, { run, question, ruling }));
}

function noCheckpoint({ view }: ClusterPlan, { update, attempt, name }: Wanted): CommandError {
  const [run] = view.runs;
  const what = `a checkpoint of update ${update}${attempt === undefined ? '' : ` of attempt ${attempt}`}`;
  if (run?.stopped !== undefined && run.rulings.length === 0)
    return new CommandError(
      `whether the run ${name} has ${what} cannot be told: ${run.stopped.replace(/\.$/, '')}`,
    );
  return new CommandError(
    `the run ${name} has no ${what.slice(2)}: kubectl reprise plan ${name} lists what it has`,
  );
}

const isOf = ({ name }: RunQuestion, run: ShownRun | undefined): boolean =>
  name.namespace === run?.name.namespace && name.run === run.name.run;

interface Subject {
  readonly run: ShownRun;
  readonly question: RunQuestion;
  readonly ruling: ShownRuling;
}

function explanationOf(planned: ClusterPlan, { run, question, ruling }: Subject): Explanation {
  const { policies, view } = planned;
  const { update, attempt } = ruling.checkpoint;
  const pins = [...(question.pins ?? []), ...(question.bucketPins ?? [])];
  const grounds: Grounds = {
    settings: run.settings,
    succeeded: run.phase === 'Succeeded',
    pins: pins.filter((pin) => pin.update === update && [0, attempt.number].includes(pin.attempt)),
    limiting: policies.find((policy) => policy.capacity !== undefined && selects(policy, question)),
    storeTime: question.storeTime ?? view.at,
  };
  const evicted = run.rulings.flatMap(({ checkpoint, reasons }) =>
    reasons.includes('Capacity') ? [checkpoint] : [],
  );
  return {
    run,
    ruling,
    reasons: ruling.reasons.map((reason) =>
      reason === 'Stopped' ? stopped(run.stopped ?? '') : tellReason(reason, grounds),
    ),
    audit: (ruling.audit?.reasons ?? []).map((reason) =>
      tellReason(reason, { ...grounds, settings: undefined }),
    ),
    silent: run.stopped === undefined ? silentValues(ruling.reasons, grounds) : [],
    change: nextVerdict({ ...question, evicted }, ruling.checkpoint, policies),
    at: view.at,
  };
}

const stopped = (why: string): ToldReason => ({
  reason: 'Stopped',
  speaks: 'Stops',
  words: `nothing of the run is deleted: ${why}`,
  value: undefined,
});

const valueWords = ({ value }: ToldReason): string => (value === undefined ? '' : ` (${value})`);

function describe({ out }: CliWorld, explanation: Explanation): string {
  const { run, ruling, reasons, audit, silent, change, at } = explanation;
  const { update, attempt, kind, sizeBytes, savedAt } = ruling.checkpoint;
  const facts = `${kind}, ${formatBytes(sizeBytes)}, saved ${formatAge(savedAt, at)} ago`;
  const heading = `${run.name.namespace}/${run.name.run}: update ${update} of attempt ${attempt.number} (${facts}) is ${ruling.verdict}`;
  const rows = [
    ...reasons.map((one) => [one.speaks.toLowerCase(), `${one.reason}: ${one.words}${valueWords(one)}`]),
    ...(silent.length === 0 ? [] : [['silent', silent.join('; ')]]),
    ...(ruling.audit === undefined
      ? []
      : [
          [
            'audit',
            `if policies of mode Audit were enforced: ${ruling.audit.verdict} (${audit.map(({ reason }) => reason).join(' ')})`,
          ],
        ]),
    ['changes', changeWords(explanation, change)],
  ];
  return `${plain(heading)}\n${formatSheet(rows, out)}`;
}

function changeWords({ run }: Explanation, change: VerdictChange | undefined): string {
  if (run.stopped !== undefined) return 'once what stops it is mended';
  if (change === undefined) return 'not by time alone';
  const { at, verdict, reasons } = change;
  return `at ${formatTime(at)}: ${verdict} (${reasons.join(' ')}), if nothing else changes`;
}

const reportOf = ({ run, ruling, reasons, silent, change }: Explanation): object => ({
  namespace: run.name.namespace,
  run: run.name.run,
  attempt: ruling.checkpoint.attempt.number,
  kind: ruling.checkpoint.kind,
  update: ruling.checkpoint.update,
  verdict: ruling.verdict,
  reasons: reasons.map(({ reason, speaks, words, value }) => ({
    reason,
    speaks,
    words,
    value: value ?? null,
  })),
  silent,
  audit: ruling.audit ?? null,
  change:
    change === undefined
      ? null
      : { at: formatTime(change.at), verdict: change.verdict, reasons: change.reasons },
});
