// kubectl reprise plan: what retention would keep and what it would delete, by the very function that the operator decides with; also
// under other rules and at another time. Reads only.
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import { defaultFlags } from '../domain/retention/settings.ts';
import { planStore } from '../domain/retention/store-plan.ts';
import { retentionPolicy } from '../observation/retention-facts.ts';
import { inventoryQuestion } from '../observation/inventory-question.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { UsageError } from './errors.ts';
import { hypothesisOptions, policiesWith, readHypothesis } from './hypothesis.ts';
import { readInventoryFile } from './inventory-file.ts';
import { describePlan, planRows } from './plan-report.ts';
import { type PlanView, viewPlan } from './plan-view.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show what retention keeps and what it deletes, and why',
  about: `Plans retention with the function that the operator decides with, and deletes nothing: every checkpoint with its verdict (Keep,
Condemned, Locked) and all its reasons, which docs/retention.md explains. --inventory plans for the runs of a file, without a
cluster. --with supposes other rules: a retention block takes the place of what every run declares, a CheckpointRetentionPolicy comes
to those there are, or takes the place of the one of its name, and counts as enforced even if its mode is Audit.`,
  arguments: [],
  options: [
    { name: 'inventory', value: 'FILE', help: 'plan for the runs of this file' },
    ...hypothesisOptions,
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
  ],
  examples: ['plan --inventory inventory.json --with policy.yaml --at 2026-12-01 -o json'],
  run,
};

async function run(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const file = input.text('inventory');
  if (file === undefined) throw new UsageError('--inventory is missing: name the file to plan for');
  tell(world, input, await planInventory(world, input, file));
  return 0;
}

async function planInventory(world: CliWorld, input: CommandInput, file: string): Promise<PlanView> {
  const hypothesis = await readHypothesis(world, input);
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
  return viewPlan(asked, planStore({ ...asked, policies, operator: defaultFlags }), at);
}

function tell({ out, messages }: CliWorld, input: CommandInput, view: PlanView): void {
  if (input.text('output') !== 'json') {
    out.write(`${describePlan(view, out)}\n`);
    return;
  }
  out.write(`${JSON.stringify(planRows(view), null, 2)}\n`);
  for (const { name, stopped } of view.runs)
    if (stopped !== undefined)
      messages.write(`${plain(`${name.namespace}/${name.run}: nothing of it is deleted: ${stopped}`)}.\n`);
}
