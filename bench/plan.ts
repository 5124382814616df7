// `make bench-plan`: how long retention takes to plan a whole store and one run of it, and how much memory, beside the naive
// evaluator that the tests hold it against; and the operator's pass over all policies. What was measured stands in docs/retention.md.
// RUNS=10000 CHECKPOINTS=100 ROUNDS=7.
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ruleStoreNaively } from '../test/support/naive-store.ts';
import { timed } from './plan/costs.ts';
import { naiveRunOf } from './plan/synthetic-store.ts';

const whole = (name: string, otherwise: number): number => Number(process.env[name] || otherwise);
const runCount = whole('RUNS', 10_000);
const checkpointsPerRun = whole('CHECKPOINTS', 100);
const rounds = whole('ROUNDS', 7);
/** The naive evaluator is asked about so many of the runs, and its time is multiplied. */
const naiveShare = Math.max(1, Math.floor(runCount / 1000));

const say = (line: string): void => console.log(line);

/** In a process of its own, so that no case begins with what another left; with the young generation that `make bench-sweep` has. */
function measure(title: string, name: string): void {
  const program = join(import.meta.dirname, 'plan-case.ts');
  const args = [runCount, checkpointsPerRun, rounds].map(String);
  const options = { encoding: 'utf8' } as const;
  const told = execFileSync(process.execPath, ['--max-semi-space-size=16', program, name, ...args], options);
  say(`${title}: ${told.trim()}`);
}

const load = loadavg().map((value) => value.toFixed(1));
say(`${runCount} runs of ${checkpointsPerRun} checkpoints; load ${load.join(' ')}, Node ${process.version}`);
measure("the runs' own rules", 'own');
measure('with limits and a capacity', 'limits');
measure('all Steps, a fifth of the room', 'far');
measure("the operator's pass over the same", 'pass');
const sample = Array.from({ length: naiveShare }, (_, nth) => naiveRunOf(nth, checkpointsPerRun));
const naive = timed(() => ruleStoreNaively(sample, [], false));
say(
  `the naive evaluator: ${naive.cpuMs.toFixed(0)} ms of CPU for ${naiveShare} runs, which is ${((naive.cpuMs * runCount) / naiveShare / 1000).toFixed(0)} s for all`,
);
