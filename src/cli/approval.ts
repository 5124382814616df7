// What a run's retention asks a person to agree to, shown as exactly the set that the digest to be written names; and the agreement, written
// only while the run still asks for what it asked for. What was let through before only the operator knows: then all that is condemned is shown.
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
  /** What the run asks to agree to, by its status. */
  readonly asked: string;
  /** What is agreed to. Another one where some were let through before: of all that is condemned, which takes in what is asked for. */
  readonly digest: string;
  /** Exactly what `digest` names. */
  readonly rulings: readonly Ruling<Checkpoint>[];
  /** How many of them wait; the others were let through before. */
  readonly waiting: number;
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
  const approval = run.status?.retention?.approval;
  if (approval === undefined) return undefined;
  const rulings =
    plan.plan.kind === 'Stopped' ? [] : plan.plan.rulings.filter(({ verdict }) => verdict === 'Condemned');
  const digest = digestOf(new Set(rulings.map(({ checkpoint }) => checkpoint.key)));
  const { digest: asked, checkpoints: waiting } = approval;
  if (digest === asked || rulings.length > waiting)
    return { ...name, uid: run.metadata.uid, asked, digest, rulings, waiting };
  const why =
    plan.plan.kind === 'Stopped'
      ? `nothing may be deleted now: ${plan.plan.why.replace(/\.$/, '')}`
      : `${rulings.length} are condemned as seen from here, so that the run has moved on`;
  throw new CommandError(
    `${name.namespace}/${name.name} asks for the deletion of ${waiting} checkpoints (digest ${asked}), and from here it cannot be shown which: ${why}. Run the command again in a moment`,
  );
}

/** @throws CommandError unless this is the set that is asked for, or that which takes it in */
export function refuseOther({ name, namespace, asked, digest }: PendingApproval, wanted: string): void {
  if (wanted === asked || wanted === digest) return;
  throw new CommandError(staleWords({ name, namespace }, wanted, asked));
}

/** False when it was agreed to already. @throws CommandError when the run asks for another set by now, or for none */
export async function agree(
  cluster: Cluster,
  { name, namespace, uid, asked, digest }: PendingApproval,
  signal: AbortSignal,
): Promise<boolean> {
  const patchFor = (now: TTSTrainingRun) => {
    if (isApproved(now, digest)) return undefined;
    refuseStale(now, { name, namespace }, asked);
    return { metadata: { annotations: { [annotations.approve]: digest } } };
  };
  const { changed } = await changeRun(cluster, { name, namespace, uid, patchFor }, signal);
  return changed;
}

/** @throws CommandError unless the run asks for exactly this set */
export function refuseStale(run: TTSTrainingRun, name: RunName, digest: string): void {
  const asked = askedDigest(run);
  if (asked !== digest) throw new CommandError(staleWords(name, digest, asked));
}

function staleWords({ name, namespace }: RunName, digest: string, asked: string | undefined): string {
  const now = asked === undefined ? 'nothing waits for approval' : `it asks for another one, ${asked}`;
  return `${namespace}/${name} does not ask for the set ${digest} any more: ${now}. Look at it again`;
}
