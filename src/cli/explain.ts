// kubectl reprise explain: why one checkpoint stays or goes: every rule that speaks for or against it, with its value and whose it is, and
// when that changes. By the function that the operator decides with. Reads only.
import { selects } from '../domain/retention/policy.ts';
import type { Pin } from '../domain/retention/rules.ts';
import type { RunQuestion } from '../domain/retention/run-plan.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import { type ClusterPlan, planOver } from './cluster-plan.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { AbsentRun, CommandError } from './errors.ts';
import { type Hypothesis, hypothesisOptions, readHypothesis } from './hypothesis.ts';
import { type LeftRun, nextLeftVerdict, observeLeft } from './left-explanation.ts';
import { readPinned } from './pin-options.ts';
import { type ShownRuling, type ShownRun, takenForCapacity } from './plan-view.ts';
import { type Asking, type Gap, Reach } from './reach.ts';
import { type Grounds, silentValues, tellReason, type ToldReason } from './reason-words.ts';
import { storeOptions } from './store-access.ts';
import { nextVerdict } from './verdict-change.ts';
import { describe, type Explanation, reportOf } from './verdict-report.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'tell why a checkpoint stays or goes, and when that changes',
  about: `Tells of every checkpoint of that update which rules speak for it and against it, the one that wins first, each with its value and whose
rule it is; which rules are set and say nothing of it; and when time alone gives it another verdict. Of a run that is gone it looks into the
stores for what that left. It changes nothing.`,
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
  const { explanations, gaps, refusal } = await withCluster(world, input, async (cluster, namespace) => {
    const asking = { world, input, cluster, reach: new Reach() };
    try {
      const planned = await planOver(asking, { wish, hypothesis, namespace }, signal);
      const found = explanationsOf(planned, wanted);
      return { explanations: found, gaps: planned.gaps, refusal: noCheckpoint(planned, wanted) };
    } catch (cause) {
      if (!(cause instanceof AbsentRun)) throw cause;
      return explainLeft({ ...asking, reach: new Reach() }, { wanted, namespace, hypothesis, cause }, signal);
    }
  });
  if (explanations.length === 0) {
    tellGaps(world, gaps);
    throw refusal;
  }
  const text =
    input.text('output') === 'json'
      ? JSON.stringify(explanations.map(reportOf), null, 2)
      : explanations.map((one) => describe(world, one)).join('\n\n');
  world.out.write(`${text}\n`);
  tellGaps(world, gaps);
  return 0;
}

function tellGaps({ messages }: CliWorld, gaps: readonly Gap[]): void {
  for (const { missing, why, unjudged } of gaps)
    messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
}

interface Explained {
  readonly explanations: readonly Explanation[];
  readonly gaps: readonly Gap[];
  /** What is said where there are none. */
  readonly refusal: CommandError;
}

interface Wanted {
  readonly name: string;
  readonly update: number;
  readonly attempt: number | undefined;
}

function explanationsOf(planned: ClusterPlan, wanted: Wanted): readonly Explanation[] {
  const [run] = planned.view.runs;
  const question = planned.questions.find((one) => isOf(one, run));
  if (run === undefined || question === undefined) return [];
  return wantedOf(run, wanted).map((ruling) => explanationOf(planned, { run, question, ruling }));
}

interface LeftQuestion {
  readonly wanted: Wanted;
  readonly namespace: string;
  readonly hypothesis: Hypothesis;
  /** There is no such run. */
  readonly cause: AbsentRun;
}

/** Of a run that is gone: by the rule for what it left. */
async function explainLeft(
  asking: Asking,
  { wanted, namespace, hypothesis, cause }: LeftQuestion,
  signal: AbortSignal,
): Promise<Explained> {
  const { name, update } = wanted;
  const left = await observeLeft(asking, { name, namespace, hypothesis }, signal);
  const explanations = left.flatMap((one) => wantedOf(one.run, wanted).map((ruling) => ofLeft(one, ruling)));
  const gaps = asking.reach.gaps;
  if (left.length === 0) return { explanations, gaps, refusal: cause };
  const refusal = `the run ${name} is gone, and it left no checkpoint of update ${update}: kubectl reprise orphans lists what there is`;
  return { explanations, gaps, refusal: new CommandError(refusal) };
}

function ofLeft(left: LeftRun, ruling: ShownRuling): Explanation {
  const { run, question, policies, at } = left;
  const grounds: Grounds = {
    settings: undefined,
    succeeded: false,
    pins: pinsOn(ruling, question.pins),
    limiting: policies.find((policy) => policy.capacity !== undefined && selects(policy, question)),
    storeTime: question.storeTime ?? at,
  };
  return {
    run,
    ruling,
    ...toldReasons(run, ruling, grounds),
    silent: [],
    change: run.stopped === undefined ? nextLeftVerdict(left, ruling.checkpoint) : undefined,
    at,
  };
}

/** Those that name its checkpoint; of attempt 0: of whichever attempt. */
const pinsOn = (
  { checkpoint: { update, attempt } }: ShownRuling,
  pins: readonly Pin[] = [],
): readonly Pin[] => pins.filter((pin) => pin.update === update && [0, attempt.number].includes(pin.attempt));

const wantedOf = ({ rulings }: ShownRun, { update, attempt }: Wanted): readonly ShownRuling[] =>
  rulings.filter(
    ({ checkpoint }) =>
      checkpoint.update === update && (attempt === undefined || checkpoint.attempt.number === attempt),
  );

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
  const pins = [...(question.pins ?? []), ...(question.bucketPins ?? [])];
  const grounds: Grounds = {
    settings: run.settings,
    succeeded: run.phase === 'Succeeded',
    pins: pinsOn(ruling, pins),
    limiting: policies.find((policy) => policy.capacity !== undefined && selects(policy, question)),
    storeTime: question.storeTime ?? view.at,
  };
  const evicted = takenForCapacity(run);
  return {
    run,
    ruling,
    ...toldReasons(run, ruling, grounds),
    silent: run.stopped === undefined ? silentValues(ruling.reasons, grounds) : [],
    change: nextVerdict({ ...question, evicted }, ruling.checkpoint, policies),
    at: view.at,
  };
}

const toldReasons = (
  run: ShownRun,
  { reasons, audit }: ShownRuling,
  grounds: Grounds,
): Pick<Explanation, 'reasons' | 'audit'> => ({
  reasons: reasons.map((reason) =>
    reason === 'Stopped' ? stopped(run.stopped ?? '') : tellReason(reason, grounds),
  ),
  audit: (audit?.reasons ?? []).map((reason) => tellReason(reason, { ...grounds, settings: undefined })),
});

const stopped = (why: string): ToldReason => ({
  reason: 'Stopped',
  speaks: 'Stops',
  words: `nothing of the run is deleted: ${why}`,
  value: undefined,
});
