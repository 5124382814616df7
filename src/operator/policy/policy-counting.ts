// Gathers what a plan of all runs found of one policy, for its status.
import type { PolicyFindings, SelectedOrphan, SelectedRun } from '../../domain/retention/policy-findings.ts';
import { type RetentionPolicy, selects } from '../../domain/retention/policy.ts';
import { mayGoAt, orphanRuleOf } from '../../domain/retention/orphans.ts';
import { binding } from '../../domain/retention/settings.ts';
import type { Planned } from './policy-plan.ts';
import type { ViewedOrphan } from './policy-view.ts';
import type { PolicyWorld } from './policy-world.ts';

export interface Counting {
  readonly planned: Planned;
  readonly policy: RetentionPolicy;
  readonly orphansDigest: string | undefined;
}

/** What was found of it. */
export function findingsOf(
  world: PolicyWorld,
  { planned, policy, orphansDigest }: Counting,
): Omit<PolicyFindings, 'generation' | 'previous' | 'now'> {
  const { plan, uncounted } = planned;
  const reports = policy.mode === 'Audit' ? (plan.auditedCapacities ?? []) : plan.capacities;
  return {
    policy,
    runs: runsOf(world, planned, policy),
    orphans: planned.view.orphans
      .filter(({ question }) => selects(policy, question))
      .map((orphan) => orphanOf(world, planned, orphan)),
    orphansDigest,
    capacity: reports.find((report) => report.policy === policy.name),
    uncounted: uncounted.get(policy.name) ?? [],
  };
}

function runsOf(
  world: PolicyWorld,
  { view, plan }: Planned,
  policy: RetentionPolicy,
): readonly SelectedRun[] {
  return view.runs.flatMap(({ question, judged }, at): readonly SelectedRun[] => {
    const planned = plan.runs[at];
    if (planned === undefined || !selects(policy, question)) return [];
    const { facts, store, reclaimedBytes } = judged;
    const pricePerGiBMonth = world.registry.open(store ?? '')?.store.spec.pricePerGiBMonth;
    return [
      {
        name: question.name,
        amounts: planned.amounts,
        stop: facts.stopped,
        waiting: facts.waiting?.keys.size ?? 0,
        heldByLock: facts.heldByLock,
        nextDeletionAt: facts.nextDeletionAt,
        reclaimedBytes,
        pricePerGiBMonth,
      },
    ];
  });
}

function orphanOf(
  { orphans }: PolicyWorld,
  { reading }: Planned,
  { place, left, question }: ViewedOrphan,
): SelectedOrphan {
  const { waiting, heldByLock = 0, nextDeletionAt } = orphans.of(place) ?? {};
  const selecting = reading.understood.filter((one) => selects(one, question));
  const timed = mayGoAt(question, orphanRuleOf(binding(selecting, 'Enforced')));
  return {
    name: question.name,
    place,
    bytes: left.bytes,
    goesAt: waiting === undefined ? (nextDeletionAt ?? timed) : nextDeletionAt,
    waiting: waiting?.count ?? 0,
    heldByLock,
  };
}
