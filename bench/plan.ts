// `make bench-plan`: how long retention takes to plan a whole store and one run of it, and how much memory, beside the naive
// evaluator that the tests hold it against. What was measured stands in docs/retention.md. RUNS=10000 CHECKPOINTS=100 ROUNDS=7.
import { loadavg } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { planRun } from '../src/domain/retention/run-plan.ts';
import { planStore, type StorePlan, type StoreQuestion } from '../src/domain/retention/store-plan.ts';
import { ruleStoreNaively } from '../test/support/naive-store.ts';
import { naiveRunOf, policiesFor, runQuestionOf } from './plan/synthetic-store.ts';

const whole = (name: string, otherwise: number): number => Number(process.env[name] || otherwise);
const runCount = whole('RUNS', 10_000);
const checkpointsPerRun = whole('CHECKPOINTS', 100);
const rounds = whole('ROUNDS', 7);
/** The naive evaluator is asked about so many of the runs, and its time is multiplied. */
const naiveShare = Math.max(1, Math.floor(runCount / 1000));

interface Cost {
  readonly wallMs: number;
  /** Of this process: what other processes take does not count. */
  readonly cpuMs: number;
}

function timed(work: () => void): Cost {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

/** So that memory is what is needed, not what nobody has cleared away yet. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const describe = (costs: readonly Cost[]): string => {
  const [wall, cpu] = [costs.map(({ wallMs }) => wallMs), costs.map(({ cpuMs }) => cpuMs)];
  return `wall median ${at(wall, 0.5).toFixed(0)} ms, best ${Math.min(...wall).toFixed(0)} ms; CPU median ${at(cpu, 0.5).toFixed(0)} ms, best ${Math.min(...cpu).toFixed(0)} ms`;
};
const say = (line: string): void => console.log(line);

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const count = ({ runs }: StorePlan): { readonly condemned: number; readonly keptBytes: number } => {
  const rulings = runs.flatMap(({ plan }) => (plan.kind === 'Planned' ? [plan.rulings] : []));
  const condemned = rulings.map((all) => all.filter(({ verdict }) => verdict === 'Condemned').length);
  const kept = rulings.map((all) =>
    all.reduce(
      (sum, { verdict, checkpoint }) => sum + (verdict === 'Condemned' ? 0 : checkpoint.sizeBytes),
      0,
    ),
  );
  return { condemned: total(condemned), keptBytes: total(kept) };
};

function planOften(title: string, question: StoreQuestion): StorePlan {
  let plan = planStore(question);
  const peak = process.memoryUsage.rss();
  collectGarbage();
  const held = process.memoryUsage().heapUsed;
  const costs = Array.from({ length: rounds }, () => timed(() => (plan = planStore(question))));
  say(
    `${title}: ${describe(costs)}; RSS after the first ${megabytes(peak)}, heap held ${megabytes(held)}; ${count(plan).condemned} condemned`,
  );
  return plan;
}

function planSingly(title: string, question: StoreQuestion): void {
  const some = question.runs.slice(0, 2000);
  const costs = some.map((run) => timed(() => planRun(run, question)).wallMs * 1000);
  const [half, most] = [at(costs, 0.5), at(costs, 0.99)];
  say(`${title}: one run again: median ${half.toFixed(0)} us, 99 % ${most.toFixed(0)} us`);
}

say(
  `load ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}, Node ${process.version}`,
);
const runs = Array.from({ length: runCount }, (_, nth) => runQuestionOf(naiveRunOf(nth, checkpointsPerRun)));
collectGarbage();
say(
  `${runCount} runs of ${checkpointsPerRun} checkpoints are listed: heap held ${megabytes(process.memoryUsage().heapUsed)}, RSS ${megabytes(process.memoryUsage.rss())}`,
);
const operator = { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } };
const alone: StoreQuestion = { runs, policies: [], orphans: [], operator };
const { keptBytes } = count(planOften("the runs' own rules", alone));
planSingly("the runs' own rules", alone);
const governed = { ...alone, policies: policiesFor(keptBytes) };
planOften('with limits and a capacity', governed);
planSingly('with limits and a capacity', governed);
const sample = Array.from({ length: naiveShare }, (_, nth) => naiveRunOf(nth, checkpointsPerRun));
const naive = timed(() => ruleStoreNaively(sample, [], false));
say(
  `the naive evaluator: ${naive.cpuMs.toFixed(0)} ms of CPU for ${naiveShare} runs, which is ${((naive.cpuMs * runCount) / naiveShare / 1000).toFixed(0)} s for all`,
);
