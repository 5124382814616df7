// One case of `make bench-plan`, in a process of its own: what one plan costs in time and memory beside what is listed. It takes the case's
// name, how many runs and checkpoints of each, and how often, and prints a line.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RetentionPolicy } from '../src/domain/retention/policy.ts';
import { planRun, type RunQuestion } from '../src/domain/retention/run-plan.ts';
import { planStore, type StorePlan, type StoreQuestion } from '../src/domain/retention/store-plan.ts';
import { preferSmallHeap } from '../src/ops/memory.ts';
import { PolicyBench } from '../test/support/policy-bench.ts';
import { describeCosts, percentile, StretchClock, timed } from './plan/costs.ts';
import { allSteps, keyed, naiveRunOf, policiesFor, roomFor, runQuestionOf } from './plan/synthetic-store.ts';

const [name = '', ...numbers] = process.argv.slice(2);
const [runCount = 0, checkpointsPerRun = 0, rounds = 1] = numbers.map(Number);

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const peak = (): string => megabytes(process.resourceUsage().maxRSS * 1024);

/** So that memory is what is needed, not what nobody has cleared away yet. */
function heldNow(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

const runs = (change: (run: RunQuestion) => RunQuestion): readonly RunQuestion[] =>
  Array.from({ length: runCount }, (_, nth) => change(runQuestionOf(naiveRunOf(nth, checkpointsPerRun))));

const condemnedIn = ({ runs: planned }: StorePlan): number =>
  planned.reduce(
    (sum, { plan }) =>
      sum +
      (plan.kind === 'Planned' ? plan.rulings.filter(({ verdict }) => verdict === 'Condemned').length : 0),
    0,
  );

/** What the runs keep by their own rules, so that a capacity can be a part of it. */
function keptBytes(all: readonly RunQuestion[]): number {
  let bytes = 0;
  for (const run of all) {
    const { plan } = planRun(run, { policies: [], operator });
    for (const { verdict, checkpoint } of plan.kind === 'Planned' ? plan.rulings : [])
      if (verdict !== 'Condemned') bytes += checkpoint.sizeBytes;
  }
  return bytes;
}

const operator = { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } };
const asIs = (run: RunQuestion): RunQuestion => run;

function planOften(all: readonly RunQuestion[], policies: readonly RetentionPolicy[]): string {
  const question: StoreQuestion = { runs: all, policies, orphans: [], operator };
  const listed = heldNow();
  const before = peak();
  const first = timed(() => condemnedIn(planStore(question)));
  const told = `listed: heap ${megabytes(listed)}, peak ${before}; after one plan peak ${peak()}; ${first.result} condemned`;
  const costs = Array.from({ length: rounds }, () => timed(() => condemnedIn(planStore(question))));
  const single = all.slice(0, 2000).map((run) => timed(() => planRun(run, question)).wallMs * 1000);
  return `${describeCosts(costs)}; ${told}; one run again: median ${percentile(single, 0.5).toFixed(0)} us, 99 % ${percentile(single, 0.99).toFixed(0)} us`;
}

/** The operator's own pass, with the longest that nothing else of the process could work meanwhile. */
async function passOften(all: readonly RunQuestion[]): Promise<string> {
  preferSmallHeap();
  const clock = new StretchClock();
  const bench = new PolicyBench(clock);
  for (const team of ['a', 'b']) bench.addNamespace(team, { team });
  const { bytes } = roomFor(all, 0.2);
  bench.applyPolicy('room', { capacity: { bytes: String(bytes) } });
  const uids = all.map(({ name: { namespace, run } }) => bench.addRun(namespace, run));
  await bench.known();
  for (const [nth, run] of all.entries()) bench.judge(uids[nth] ?? '', keyed(run));
  const held = heldNow();
  const before = peak();
  const costs: { readonly wallMs: number; readonly cpuMs: number }[] = [];
  const { signal } = new AbortController();
  for (let round = 0; round < rounds; round += 1) {
    const [started, cpu] = [performance.now(), process.cpuUsage()];
    clock.begin();
    await bench.pass.pass(signal);
    clock.end();
    const { user, system } = process.cpuUsage(cpu);
    costs.push({ wallMs: performance.now() - started, cpuMs: (user + system) / 1000 });
  }
  const { kept, condemned } = bench.status('room') ?? {};
  bench.end();
  return `${describeCosts(costs)}; CPU without a turn of others: longest ${Math.max(...clock.stretches).toFixed(0)} ms, 99 % ${percentile(clock.stretches, 0.99).toFixed(0)} ms; judged: heap ${megabytes(held)}, peak ${before}; after all passes peak ${peak()}; ${kept?.checkpoints} kept, ${condemned?.checkpoints} condemned`;
}

const cases: Readonly<Record<string, () => string | Promise<string>>> = {
  own: () => planOften(runs(asIs), []),
  limits: () => {
    const all = runs(asIs);
    return planOften(all, policiesFor(keptBytes(all)));
  },
  far: () => {
    const all = runs(allSteps);
    return planOften(all, [{ name: 'room', selector: {}, mode: 'Enforce', capacity: roomFor(all, 0.2) }]);
  },
  pass: async () => passOften(runs(allSteps)),
};

console.log(await cases[name]?.());
