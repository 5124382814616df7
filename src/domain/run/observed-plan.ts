// What retention says of a run as it was observed, under the policies that select it: the question of the operator's pass and of whoever
// shows a plan. What is not known stops it.
import type { Checkpoint, RunInventory } from '../bucket/inventory.ts';
import { asPins, besideSpec, whyPinsStop } from '../retention/bucket-pins.ts';
import { foundBad } from '../retention/found-bad.ts';
import { type PolicyReading, policyStop } from '../retention/policies.ts';
import { type RetentionPolicy, selects } from '../retention/policy.ts';
import type { OperatorFlags } from '../retention/settings.ts';
import { type PlannedRun, planRun, type RunQuestion } from '../retention/run-plan.ts';
import type { Labels } from '../store/label-selector.ts';
import type { BucketFacts, Snapshot } from './facts.ts';
import { viewAttempts } from './ledger.ts';
import type { RetentionStop } from './retention-facts.ts';
import { pendingPlan } from './rollback.ts';

type Observed = Omit<Snapshot, 'retention'>;

/** What holds for a run beside what itself says. */
export interface Governing {
  readonly policies: PolicyReading;
  /** Of the run's namespace; undefined = not known. */
  readonly namespaceLabels: Labels | undefined;
  /** Keys of its checkpoints that a policy's capacity takes, as the newest look at the whole store found. */
  readonly taken: ReadonlySet<string>;
  readonly operator: OperatorFlags;
}

export interface ObservedPlan extends PlannedRun<Checkpoint> {
  /** Set exactly when the plan is Stopped. */
  readonly stop: RetentionStop | undefined;
  /** The policies that select the run, Off ones left out. */
  readonly policies: readonly RetentionPolicy[];
  /** What was asked, for whoever plans the whole store; undefined while the bucket cannot be read. */
  readonly question: RunQuestion<Checkpoint> | undefined;
}

/** The rulings on every checkpoint of the run, or why none may be made. */
export function planObserved(snapshot: Observed, governing: Governing): ObservedPlan {
  const { bucket, run } = snapshot;
  const name = { namespace: run.namespace, run: run.name };
  const policies = selecting(snapshot, governing);
  if (bucket.kind === 'Unreadable') {
    const why = bucket.message;
    const plan = { kind: 'Stopped', why } as const;
    const stop = { reason: 'Stopped', why } as const;
    return { name, settings: undefined, plan, stop, policies, question: undefined };
  }
  const { question, halted } = halting(snapshot, bucket.facts, governing);
  const planned = planRun(question, { policies, operator: governing.operator });
  return { ...planned, stop: stopOf(planned, halted), policies, question };
}

/** The same question, for whoever plans several runs together; of a bucket that cannot be read it has no checkpoints. */
export function observedQuestion(snapshot: Observed, governing: Governing): RunQuestion<Checkpoint> {
  const { bucket, run } = snapshot;
  if (bucket.kind === 'Read') return halting(snapshot, bucket.facts, governing).question;
  return {
    name: { namespace: run.namespace, run: run.name },
    labels: run.labels,
    namespaceLabels: governing.namespaceLabels ?? {},
    phase: run.status?.phase ?? 'Pending',
    declared: run.spec.retention,
    runUid: run.uid,
    markerUid: run.uid,
    prefix: '',
    attempts: [],
    origins: [],
    storeTime: undefined,
    startingAttempt: undefined,
    stopped: bucket.message,
  };
}

interface Halting {
  readonly question: RunQuestion<Checkpoint>;
  readonly halted: RetentionStop | undefined;
}

function halting(snapshot: Observed, facts: BucketFacts, governing: Governing): Halting {
  const halted = haltOf(snapshot, governing) ?? pinStop(facts);
  return { question: { ...questionOf(snapshot, facts, governing), stopped: halted?.why }, halted };
}

function selecting({ run }: Observed, governing: Governing): readonly RetentionPolicy[] {
  const { policies, namespaceLabels } = governing;
  if (policies.kind === 'Unread' || namespaceLabels === undefined) return [];
  const selectable = { labels: run.labels, namespaceLabels };
  return policies.understood.filter((policy) => selects(policy, selectable));
}

/** What is unknown of the policies that may select the run. */
function haltOf({ run }: Observed, { policies, namespaceLabels }: Governing): RetentionStop | undefined {
  const isGoverned =
    policies.kind === 'Unread' || policies.understood.length + policies.unreadable.length > 0;
  if (isGoverned && namespaceLabels === undefined) {
    const why = `the labels of the namespace ${run.namespace} are not known, so that nobody can say which CheckpointRetentionPolicies select the run`;
    return { reason: 'Stopped', why };
  }
  const why = policyStop(policies, { labels: run.labels, namespaceLabels: namespaceLabels ?? {} });
  if (why === undefined) return undefined;
  return { reason: policies.kind === 'Unread' ? 'Stopped' : 'PolicyNotUnderstood', why };
}

function pinStop({ pins }: BucketFacts): RetentionStop | undefined {
  const why = whyPinsStop(pins);
  return why === undefined ? undefined : { reason: 'Stopped', why };
}

function stopOf(
  { plan, settings }: PlannedRun<Checkpoint>,
  halted: RetentionStop | undefined,
): RetentionStop | undefined {
  if (plan.kind !== 'Stopped') return undefined;
  if (settings === undefined) return { reason: 'PolicyConflict', why: plan.why };
  return halted ?? { reason: 'Stopped', why: plan.why };
}

function questionOf(
  snapshot: Observed,
  facts: BucketFacts,
  { namespaceLabels, taken }: Governing,
): RunQuestion<Checkpoint> {
  const { run } = snapshot;
  const { inventory, origins, marker, storeTime, pins } = facts;
  return {
    name: { namespace: run.namespace, run: run.name },
    labels: run.labels,
    namespaceLabels: namespaceLabels ?? {},
    phase: run.status?.phase ?? 'Pending',
    declared: run.spec.retention,
    runUid: run.uid,
    markerUid: marker?.runUid,
    prefix: inventory.prefix,
    attempts: inventory.attempts,
    origins,
    storeTime,
    now: snapshot.now,
    pins: run.spec.pins,
    bucketPins: asPins(besideSpec(pins, run.uid)),
    startingAttempt: startingAttempt(snapshot),
    foundBad: foundBad(facts),
    rollbackTargets: rollbackTargets(snapshot),
    dependents: snapshot.dependents,
    evicted: takenOf(inventory, taken),
  };
}

const takenOf = ({ attempts }: RunInventory, taken: ReadonlySet<string>): readonly Checkpoint[] =>
  taken.size === 0
    ? []
    : attempts.flatMap(({ checkpoints }) => checkpoints.filter(({ key }) => taken.has(key)));

function rollbackTargets(snapshot: Observed): readonly Checkpoint[] {
  const plan = pendingPlan(snapshot);
  return plan?.kind === 'From' ? plan.candidates : [];
}

/** Where an attempt may still be choosing: also one that was told to end, until its pod has ended. */
const choosing: ReadonlySet<string> = new Set(['Absent', 'Waiting', 'Restoring', 'Ending']);

/** The newest attempt, while it may still be choosing what to start from; its attempt.json says that it has chosen. */
function startingAttempt(snapshot: Observed): number | undefined {
  const newest = viewAttempts(snapshot)[0];
  return newest !== undefined && choosing.has(newest.stage.stage) ? newest.entry.number : undefined;
}
