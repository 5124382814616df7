// What a decision about a run rests on, a clause each: its spec, its store, its bucket, its Job and pod. Only what was observed.
import type { ListedAttempt } from '../domain/bucket/inventory.ts';
import { checkpointsOnLineage, traceLineage } from '../domain/bucket/lineage.ts';
import type { Decision } from '../domain/run/decision.ts';
import type { ContainerFacts, JobFacts, PodFacts, Snapshot } from '../domain/run/facts.ts';
import type { AttemptView } from '../domain/run/ledger.ts';
import { isAway } from '../domain/run/node.ts';
import { formatTime } from '../domain/time.ts';
import { formatAge } from './words.ts';

/** The evidence, from the spec down to the trainer. */
export function evidenceOf(
  snapshot: Snapshot,
  decision: Decision,
  unseen: { readonly isBucketUnseen: boolean },
): readonly string[] {
  const newest = decision.attempts[0];
  return [
    ...specClauses(snapshot, decision),
    storeClause(snapshot, unseen),
    bucketClause(snapshot),
    ...(newest === undefined ? ['no attempt was made yet'] : attemptClauses(snapshot, newest)),
    ...snapshot.strangers.map(({ name }) => `pod ${name} of an earlier run of this name has not ended`),
  ];
}

function specClauses({ run }: Snapshot, { failures, disruptions }: Decision): readonly string[] {
  const { spec } = run;
  const { maxDisruptions } = spec;
  return [
    ...(spec.suspend ? [`spec.suspend is true (suspendMode ${spec.suspendMode})`] : []),
    ...(failures > 0 ? [`${failures} of ${spec.maxFailures} failures without progress are used`] : []),
    ...(disruptions > 0
      ? [
          `${disruptions}${maxDisruptions === undefined ? '' : ` of ${maxDisruptions}`} disruptions without progress`,
        ]
      : []),
  ];
}

function storeClause({ store }: Snapshot, { isBucketUnseen }: { readonly isBucketUnseen: boolean }): string {
  if (store.kind === 'Ready') return `store ${store.name} can be used`;
  return isBucketUnseen ? 'the store was not seen' : `no store can be used: ${store.reason}`;
}

function bucketClause({ bucket }: Snapshot): string {
  if (bucket.kind === 'Unreadable') return `the bucket was not read: ${bucket.message.replace(/\.$/, '')}`;
  const { inventory, origins, storeTime } = bucket.facts;
  const count = inventory.attempts.reduce((sum, { checkpoints }) => sum + checkpoints.length, 0);
  const where = `${inventory.prefix} holds ${numberOf(count, 'checkpoint')} of ${numberOf(inventory.attempts.length, 'attempt')}`;
  const lineage = traceLineage(origins);
  if (lineage.kind === 'Unreadable') return `${where}; their lineage cannot be read: ${lineage.why}`;
  const [point] = checkpointsOnLineage(lineage.links, inventory);
  if (point === undefined) return count === 0 ? where : `${where}, none on the lineage`;
  const age = storeTime === undefined ? '' : `, saved ${formatAge(point.savedAt, storeTime)} ago`;
  return `${where}; the resume point is update ${point.update} of attempt ${point.attempt.number}${age}`;
}

const numberOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function attemptClauses(snapshot: Snapshot, view: AttemptView): readonly string[] {
  const { entry, stage, job, pod } = view;
  const is =
    stage.stage === 'Ended' || stage.stage === 'Ending'
      ? `${stage.stage === 'Ended' ? 'has ended' : 'is ending'}: ${stage.cause} (${stage.message})`
      : `is ${stage.stage}`;
  return [
    `attempt ${entry.number} ${is}`,
    ...(job === undefined ? [] : [jobClause(job)]),
    ...(pod === undefined ? [] : podClauses(snapshot, pod)),
    ...(snapshot.podRefusal === undefined ? [] : [`the Job controller says: ${snapshot.podRefusal}`]),
    ...trainerClauses(snapshot, view),
    ...openedClauses(snapshot, entry.number),
  ];
}

function jobClause({ name, deleting, complete, failure }: JobFacts): string {
  if (deleting) return `Job ${name} is being deleted`;
  if (failure !== undefined) return `Job ${name} has failed: ${failure.reason} (${failure.message})`;
  return complete ? `Job ${name} is complete` : `Job ${name} stands`;
}

function podClauses({ now }: Snapshot, pod: PodFacts): readonly string[] {
  const { name, node, nodeState, phase, deletion, disruption, unschedulable } = pod;
  const where = node === undefined ? 'on no node yet' : `on ${node}`;
  const containers = [
    containerClause('restore', pod.restore),
    containerClause('sync', pod.sync),
    containerClause('trainer', pod.trainer),
  ].filter((clause) => clause !== undefined);
  return [
    `pod ${name}, ${where}, is ${phase}${containers.length === 0 ? '' : `: ${containers.join(', ')}`}`,
    ...(unschedulable === undefined ? [] : [`the scheduler says: ${unschedulable.replace(/\.$/, '')}`]),
    ...(deletion === undefined
      ? []
      : [
          `its deletion was asked for ${formatAge(deletion.requestedAt, now)} ago; its grace ends at ${formatTime(deletion.endsAt)}`,
        ]),
    ...(disruption === undefined ? [] : [`it is marked as disrupted: ${disruption}`]),
    ...(isAway(nodeState) && node !== undefined ? [`node ${node} does not answer or is gone`] : []),
  ];
}

function containerClause(name: string, container: ContainerFacts | undefined): string | undefined {
  if (container === undefined) return undefined;
  const { state, reason, exitCode, restarts } = container;
  const again = restarts === 0 ? '' : `, restarted ${restarts} times`;
  if (state === 'Terminated') return `${name} exited ${exitCode ?? ''}${again}`;
  const why = state === 'Waiting' && reason !== undefined ? ` (${reason})` : '';
  return `${name} ${state === 'Running' ? 'runs' : 'waits'}${why}${again}`;
}

function trainerClauses({ sight }: Snapshot, { entry, stage }: AttemptView): readonly string[] {
  if (sight?.attempt !== entry.number || stage.stage !== 'Training') return [];
  if (!sight.heard) return ["the trainer's log cannot be read now"];
  return sight.update === undefined ? [] : [`the trainer's log shows update ${sight.update}`];
}

/** What restore passed over on its way. */
function openedClauses({ bucket }: Snapshot, attempt: number): readonly string[] {
  if (bucket.kind === 'Unreadable') return [];
  const listed: ListedAttempt | undefined = bucket.facts.inventory.attempts.find(
    ({ id }) => id.number === attempt,
  );
  const skipped = bucket.facts.origins.find(
    ({ id }) => id.pod === listed?.id.pod && id.number === attempt,
  )?.skipped;
  return (skipped ?? []).map(
    ({ key, reason }) => `restore could not use ${key}: ${reason.replace(/\.$/, '')}`,
  );
}
