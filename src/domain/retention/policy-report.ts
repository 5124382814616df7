// The status of a CheckpointRetentionPolicy, from a plan of all runs: counted once, written once, and only when it says something new.
import { fingerprintOf } from '../fingerprint.ts';
import { formatTime } from '../time.ts';
import type { Instant } from '../units.ts';
import { sumOfAmounts } from './plan-amounts.ts';
import { policyConditions } from './policy-conditions.ts';
import type { PolicyFindings, SelectedRun } from './policy-findings.ts';
import { mostPlacesTold, type PolicyStatus } from './policy-status.ts';
import { monthlyCost } from '../store/monthly-cost.ts';

/** The status that these findings make. */
export function reportPolicy(findings: PolicyFindings): PolicyStatus {
  const { policy, generation, previous, now } = findings;
  const verdicts = policyConditions(findings);
  const conditions = verdicts.map((verdict) => {
    const before = previous?.conditions.find(({ type }) => type === verdict.type);
    const since = before?.status === verdict.status ? before.lastTransitionTime : formatTime(now);
    return { ...verdict, observedGeneration: generation, lastTransitionTime: since };
  });
  const counted = policy.mode === 'Off' ? {} : countedIn(findings);
  const status: PolicyStatus = { observedGeneration: generation, conditions, ...counted };
  const since = previous?.countedAt;
  const isSame = since !== undefined && isSamePolicyStatus(previous, { ...status, countedAt: since });
  return { ...status, countedAt: isSame ? since : formatTime(now) };
}

/** True when the two say the same. */
export const isSamePolicyStatus = (a: PolicyStatus | undefined, b: PolicyStatus): boolean =>
  fingerprintOf(a) === fingerprintOf(b);

type Counted = Omit<PolicyStatus, 'observedGeneration' | 'conditions' | 'countedAt'>;

function countedIn(findings: PolicyFindings): Counted {
  const { policy, runs } = findings;
  const planned = runs.flatMap(({ amounts }) => (amounts.kind === 'Planned' ? [amounts] : []));
  const stopped = runs.length - planned.length;
  const next = earliest(runs.map(({ nextDeletionAt }) => nextDeletionAt));
  return {
    runs: runs.length,
    ...(stopped === 0 ? {} : { stoppedRuns: stopped }),
    kept: sumOfAmounts(planned.map(({ kept }) => kept)),
    condemned: sumOfAmounts(planned.map(({ condemned }) => condemned)),
    ...(policy.mode === 'Audit' ? { audit: sumOfAmounts(planned.map(({ audit }) => audit)) } : {}),
    ...reclaimedOf(runs),
    ...capacityOf(findings),
    ...orphansOf(findings),
    ...(next === undefined ? {} : { nextDeletionTime: next }),
  };
}

function orphansOf({ orphans, orphansDigest: digest }: PolicyFindings): Pick<Counted, 'orphans'> {
  const waiting = orphans.filter((orphan) => orphan.waiting > 0);
  const checkpoints = sumOf(waiting.map((orphan) => orphan.waiting));
  const places = waiting.map(({ place }) => place).toSorted();
  const next = earliest(orphans.map(({ goesAt }) => goesAt));
  const bytes = sumOf(orphans.map((orphan) => orphan.bytes));
  return {
    orphans: {
      runs: orphans.length,
      bytes,
      ...(next === undefined ? {} : { nextDeletionTime: next }),
      ...(digest === undefined || checkpoints === 0
        ? {}
        : { approval: { checkpoints, digest, places: places.slice(0, mostPlacesTold) } }),
    },
  };
}

function capacityOf({ capacity }: PolicyFindings): Pick<Counted, 'capacity'> {
  if (capacity === undefined) return {};
  const { bytes, wanted } = capacity;
  const percent = bytes === 0 ? 0 : Math.ceil((wanted / bytes) * 100);
  return { capacity: { bytes, usedBytes: wanted, percent } };
}

function reclaimedOf(runs: readonly SelectedRun[]): Counted {
  const priced = runs.filter(({ pricePerGiBMonth }) => pricePerGiBMonth !== undefined);
  const cost = sumOf(
    priced.map(({ reclaimedBytes, pricePerGiBMonth }) =>
      monthlyCost(reclaimedBytes, Number(pricePerGiBMonth)),
    ),
  );
  return {
    reclaimedBytes: sumOf(runs.map(({ reclaimedBytes }) => reclaimedBytes)),
    ...(priced.length === 0 ? {} : { reclaimedCostPerMonth: cost.toFixed(2) }),
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function earliest(moments: readonly (Instant | undefined)[]): string | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : formatTime(known.reduce((a, b) => Math.min(a, b)));
}
