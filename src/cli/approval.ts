// What a run's retention asks a person to agree to, shown as exactly the set that its digest names; and the agreement, written only while the
// run still asks for that very set.
import { annotations } from '../api/names.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { digestOf } from '../domain/retention/approval.ts';
import type { Ruling } from '../domain/retention/plan.ts';
import type { Cluster } from '../ports/cluster.ts';
import { CommandError } from './errors.ts';
import type { Asking } from './reach.ts';
import { observeRetention } from './retention-observation.ts';
import { changeRun } from './run-change.ts';

export interface RunName {
  readonly name: string;
  readonly namespace: string;
}

/** A run that asks. */
export interface PendingApproval extends RunName {
  readonly uid: string;
  readonly digest: string;
  /** Exactly what the digest names. */
  readonly rulings: readonly Ruling<Checkpoint>[];
}

/** The digest that status asks to agree to; undefined when nothing waits. */
export const askedDigest = ({ status }: TTSTrainingRun): string | undefined =>
  status?.retention?.approval?.digest;

const isApproved = ({ metadata }: TTSTrainingRun, digest: string): boolean =>
  metadata.annotations?.[annotations.approve] === digest;

/** What the run asks for now; undefined when nothing waits. @throws CommandError when the set cannot be shown */
export async function readPending(
  asking: Omit<Asking, 'reach'>,
  name: RunName,
  signal: AbortSignal,
): Promise<PendingApproval | undefined> {
  const { run, plan } = await observeRetention(asking, name, signal);
  const digest = askedDigest(run);
  if (digest === undefined) return undefined;
  const rulings =
    plan.plan.kind === 'Stopped' ? [] : plan.plan.rulings.filter(({ verdict }) => verdict === 'Condemned');
  const seen = digestOf(new Set(rulings.map(({ checkpoint }) => checkpoint.key)));
  if (seen === digest) return { ...name, uid: run.metadata.uid, digest, rulings };
  const { checkpoints } = run.status?.retention?.approval ?? { checkpoints: 0 };
  const why =
    plan.plan.kind === 'Stopped'
      ? `nothing may be deleted now: ${plan.plan.why.replace(/\.$/, '')}`
      : `${rulings.length} are condemned as seen from here, of which some may have been let through before, or the run has moved on`;
  throw new CommandError(
    `${name.namespace}/${name.name} asks for the deletion of ${checkpoints} checkpoints (digest ${digest}), and from here it cannot be shown which: ${why}. Run the command again in a moment; what was let through before is gone after the grace time`,
  );
}

/** False when it was agreed to already. @throws CommandError when the run asks for another set by now, or for none */
export async function agree(
  cluster: Cluster,
  { name, namespace, uid, digest }: PendingApproval,
  signal: AbortSignal,
): Promise<boolean> {
  const patchFor = (now: TTSTrainingRun) => {
    if (isApproved(now, digest)) return undefined;
    refuseStale(now, { name, namespace }, digest);
    return { metadata: { annotations: { [annotations.approve]: digest } } };
  };
  const { changed } = await changeRun(cluster, { name, namespace, uid, patchFor }, signal);
  return changed;
}

/** @throws CommandError unless the run asks for exactly this set */
export function refuseStale(run: TTSTrainingRun, { name, namespace }: RunName, digest: string): void {
  const asked = askedDigest(run);
  if (asked === digest) return;
  const now = asked === undefined ? 'nothing waits for approval' : `it asks for another one, ${asked}`;
  throw new CommandError(
    `${namespace}/${name} does not ask for the set ${digest} any more: ${now}. Look at it again`,
  );
}
