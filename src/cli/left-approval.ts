// What a policy asks a person to agree to of runs that are gone, shown as exactly the set that its digest names; and the agreement, written only
// while the policy still asks for that very set.
import { annotations } from '../api/names.ts';
import { type CheckpointRetentionPolicy, parsePolicy } from '../api/policy.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { digestOfPlaces, judgeApproval } from '../domain/retention/approval.ts';
import type { Ruling } from '../domain/retention/plan.ts';
import { type RunName, selects } from '../domain/retention/policy.ts';
import { mostPlacesTold } from '../domain/retention/policy-status.ts';
import type { PlannedOrphan } from '../domain/retention/run-plan.ts';
import { formatStoreRun } from '../domain/store/store-run.ts';
import { type Cluster, ClusterError } from '../ports/cluster.ts';
import { policies } from '../ports/kinds.ts';
import { planOver } from './cluster-plan.ts';
import { CommandError } from './errors.ts';
import { type Asking, Reach } from './reach.ts';

/** Of one run that is gone. */
export interface WaitingLeft {
  readonly store: string;
  readonly name: RunName;
  /** Exactly what waits. */
  readonly rulings: readonly Ruling<Checkpoint>[];
}

/** A policy that asks. */
export interface PendingLeft {
  readonly policy: string;
  readonly digest: string;
  /** All together exactly what the digest names. */
  readonly places: readonly WaitingLeft[];
}

export interface PolicyPlace {
  readonly policy: string;
  /** Whose Secret is tried first. */
  readonly namespace: string;
}

/** What the policy asks for now; undefined when nothing waits. @throws CommandError when the set cannot be shown */
export async function readLeft(
  asking: Omit<Asking, 'reach'>,
  { policy, namespace }: PolicyPlace,
  signal: AbortSignal,
): Promise<PendingLeft | undefined> {
  const asked = (await readPolicy(asking.cluster, policy, signal))?.status?.orphans?.approval;
  if (asked === undefined) return undefined;
  const reach = new Reach();
  const hypothesis = { rules: undefined, policies: [], at: undefined };
  const wish = { is: 'Policy', policy } as const;
  const planned = await planOver({ ...asking, reach }, { wish, namespace, hypothesis }, signal);
  // whether the operator has missed a run often enough only it knows
  const all = planned.plan.orphans.flatMap((orphan, at) => {
    const found = planned.left[at];
    const isOurs = planned.policies.some(
      (one) => one.name === policy && found !== undefined && selects(one, found.question),
    );
    return found !== undefined && isOurs ? waitingIn(orphan, found.store.metadata.name) : [];
  });
  const places =
    asked.places.length < mostPlacesTold ? all.filter(({ place }) => asked.places.includes(place)) : all;
  const seen = digestOfPlaces(new Map(places.map(({ place, digest }) => [place, digest])));
  if (seen === asked.digest) return { policy, digest: seen, places };
  const why = reach.gaps.map((gap) => `${gap.missing}: ${gap.why}`).join('; ');
  throw new CommandError(
    `the policy ${policy} asks for the deletion of ${asked.checkpoints} checkpoints of runs that are gone (digest ${asked.digest}), and from here it cannot be shown which${why === '' ? '' : ` (${why})`}. A sweep may just have changed it: run the command again in a moment`,
  );
}

type Waiting = WaitingLeft & { readonly place: string; readonly digest: string };

/** What of it would wait if nothing of it was let through before. */
function waitingIn({ name, plan, settings }: PlannedOrphan<Checkpoint>, store: string): readonly Waiting[] {
  if (plan.kind === 'Stopped' || settings === undefined) return [];
  const condemned = plan.rulings.filter(({ verdict }) => verdict === 'Condemned');
  const { waiting } = judgeApproval({
    condemned: new Set(condemned.map(({ checkpoint }) => checkpoint.key)),
    admitted: new Set(),
    total: plan.rulings.length,
    approveAbove: {
      percent: settings.approveAbovePercent.value,
      checkpoints: settings.approveAboveCheckpoints.value,
    },
    approved: undefined,
    asked: new Map(),
  });
  if (waiting === undefined) return [];
  const place = formatStoreRun({ store, ...name });
  return [{ store, name, rulings: condemned, place, digest: waiting.digest }];
}

async function readPolicy(
  cluster: Cluster,
  name: string,
  signal: AbortSignal,
): Promise<CheckpointRetentionPolicy | undefined> {
  const parsed = parsePolicy(await cluster.get(policies, { name }, signal));
  return 'ok' in parsed ? parsed.ok : undefined;
}

const mostTries = 5;

/** False when it was agreed to already. @throws CommandError when the policy asks for another set by now, or for none */
export async function agreeToLeft(
  cluster: Cluster,
  pending: PendingLeft,
  signal: AbortSignal,
): Promise<boolean> {
  const name = { name: pending.policy };
  for (let tried = 1; ; tried += 1) {
    const patch = agreement(await readPolicy(cluster, pending.policy, signal), pending);
    if (patch === undefined) return false;
    try {
      await cluster.patch(policies, { name, patch }, signal);
      return true;
    } catch (cause) {
      if (!(cause instanceof ClusterError) || cause.code !== 'Conflict' || tried === mostTries) throw cause;
    }
  }
}

/** Over exactly what was read; undefined when it is so already. */
function agreement(
  found: CheckpointRetentionPolicy | undefined,
  { policy, digest }: PendingLeft,
): object | undefined {
  const { resourceVersion, annotations: given } = found?.metadata ?? {};
  if (given?.[annotations.approve] === digest) return undefined;
  if (found?.status?.orphans?.approval?.digest === digest)
    return { metadata: { resourceVersion, annotations: { [annotations.approve]: digest } } };
  throw new CommandError(
    `the policy ${policy} does not ask for the set ${digest} any more. Look at it again`,
  );
}
