// kubectl reprise plan: what retention would keep and what it would delete, by the very function that the operator decides with; also
// under other rules and at another time. Reads only.
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import { supposedFlags } from '../domain/retention/settings.ts';
import { planStore } from '../domain/retention/store-plan.ts';
import { retentionPolicy } from '../observation/retention-facts.ts';
import { inventoryQuestion } from '../observation/inventory-question.ts';
import { clusterOptions } from './cluster-access.ts';
import { type ClusterPlan, type ClusterWish, planCluster } from './cluster-plan.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { UsageError } from './errors.ts';
import { type Hypothesis, hypothesisOptions, policiesWith, readHypothesis } from './hypothesis.ts';
import { readInventoryFile } from './inventory-file.ts';
import { describePlan, planJson } from './plan-report.ts';
import { type PlanView, viewPlan } from './plan-view.ts';
import { storeOptions } from './store-access.ts';
import { requireWholeRun } from './target.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show what retention keeps and what it deletes, and why',
  about: `Plans retention with the function that the operator decides with, and deletes nothing: every checkpoint with its verdict (Keep,
Condemned, Locked) and all its reasons, which docs/retention.md explains; what that comes to in bytes; whose rule each value is. It
plans for RUN, for all runs that a policy selects (--policy), or for those of a file, without a cluster (--inventory).
--with supposes other rules: a retention block takes the place of what every run declares, a CheckpointRetentionPolicy comes to those
there are, or takes the place of the one of its name, and counts as enforced even if its mode is Audit.`,
  arguments: [{ name: 'RUN', help: 'name of a TTSTrainingRun', required: false }],
  options: [
    { name: 'policy', value: 'NAME', help: 'plan for every run of the cluster that this policy selects' },
    { name: 'inventory', value: 'FILE', help: 'plan for the runs of this file' },
    ...hypothesisOptions,
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'plan -n voice xiaoyi-zh',
    'plan --policy voice-defaults --at 2026-12-01',
    'plan -n voice xiaoyi-zh --with policy.yaml -o json',
    'plan --inventory inventory.json --with policy.yaml --at 2026-12-01 -o json',
  ],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const wish = readWish(input);
  const hypothesis = await readHypothesis(world, input);
  if (wish.is === 'Inventory') {
    tell(world, input, { view: await planInventory(world, hypothesis, wish.file), gaps: [] });
    return 0;
  }
  const caller = { world, input };
  tell(world, input, await planCluster(caller, { wish, hypothesis }, signal));
  return 0;
}

type Wish = ClusterWish | { readonly is: 'Inventory'; readonly file: string };

function readWish(input: CommandInput): Wish {
  const [name] = input.arguments;
  const policy = input.text('policy');
  const file = input.text('inventory');
  const given = [name, policy, file].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      `${given.length === 0 ? 'nothing says' : 'several things say'} what to plan for: name RUN, or --policy NAME, or --inventory FILE`,
    );
  if (file !== undefined) return { is: 'Inventory', file };
  if (policy !== undefined) return { is: 'Policy', policy };
  return { is: 'Run', name: requireWholeRun(name ?? '') };
}

async function planInventory(world: CliWorld, hypothesis: Hypothesis, file: string): Promise<PlanView> {
  const inventory = await readInventoryFile(world, file);
  const at = hypothesis.at ?? world.clock.now();
  const { runs, orphans } = inventoryQuestion(inventory, at);
  const { rules } = hypothesis;
  const asked = {
    runs: rules === undefined ? runs : runs.map((one) => ({ ...one, declared: rules })),
    orphans,
  };
  const known = (inventory.policies ?? []).map(({ name, spec }): RetentionPolicy =>
    retentionPolicy({ metadata: { name }, spec }),
  );
  const policies = policiesWith(known, hypothesis);
  const { operator = supposedFlags, evicting = [] } = inventory;
  const supposed = new Set(hypothesis.policies.map(({ name }) => name));
  const underWay = new Set(evicting.filter((name) => !supposed.has(name)));
  const view = viewPlan(asked, planStore({ ...asked, policies, operator, evicting: underWay }), at);
  const { pricePerGiBMonth } = inventory;
  if (pricePerGiBMonth === undefined) return view;
  return { ...view, runs: view.runs.map((one) => ({ ...one, pricePerGiBMonth })) };
}

function tell(
  { out, messages }: CliWorld,
  input: CommandInput,
  { view, gaps }: Pick<ClusterPlan, 'view' | 'gaps'>,
): void {
  if (input.text('output') === 'json') {
    for (const piece of planJson(view)) out.write(piece);
    for (const { name, stopped } of view.runs)
      if (stopped !== undefined)
        messages.write(`${plain(`${name.namespace}/${name.run}: nothing of it is deleted: ${stopped}`)}.\n`);
  } else out.write(`${describePlan(view, out)}\n`);
  for (const { missing, why, unjudged } of gaps)
    messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
}
