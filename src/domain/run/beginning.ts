// From what the next attempt starts: its own newest checkpoint, what a rollback asks for, what initializeFrom names, or nothing;
// else the reason and the sentence that says why it cannot start.
import { parseRunObject } from '../bucket/keys.ts';
import { planResume, type ResumePlan, type ResumeQuestion } from '../bucket/resume.ts';
import { planSource, type SourcePlan } from '../bucket/source.ts';
import type { NewAttempt } from './decision.ts';
import { sourceDrift } from './drift.ts';
import type { BucketFacts, InitialSource, Snapshot } from './facts.ts';
import { pendingRollback } from './rollback.ts';
import type { RunStatus } from './status.ts';

export type Beginning =
  | Pick<NewAttempt, 'expected' | 'rollback' | 'from'>
  | { readonly reason: string; readonly message: string };

/** What a new attempt would start from now. Restore asks again in the pod, where the bucket may have more. */
export function planBeginning(snapshot: Snapshot, bucket: BucketFacts): Beginning {
  const plan = resumePlan(snapshot, bucket);
  const wanted = plan.kind === 'Initialize' ? sourcePlan(snapshot) : plan;
  if (wanted?.kind === 'Stop') return { reason: wanted.reason, message: wanted.message };
  const source = plan.kind === 'Initialize' && wanted?.kind === 'From' ? wanted.candidates[0] : undefined;
  const drift = sourceDrift(snapshot, source);
  if (drift !== undefined) return { reason: 'WorldSizeChanged', message: drift };
  return {
    expected: plan.kind === 'From' ? plan.candidates[0] : undefined,
    rollback: pendingRollback(snapshot),
    from: wordsOf(snapshot, plan),
  };
}

/** The newest checkpoint that status knows of, by its key below the run's prefix; undefined before the first. */
export function lastKnown(status: RunStatus | undefined, prefix: string): ResumeQuestion['expected'] {
  const known = status?.resumePoint;
  const object = known === undefined ? undefined : parseRunObject(known.key.slice(prefix.length));
  return object?.is === 'Checkpoint' ? object : undefined;
}

function resumePlan({ run }: Snapshot, bucket: BucketFacts): ResumePlan {
  return planResume({
    runUid: run.uid,
    markerUid: run.uid,
    inventory: bucket.inventory,
    origins: bucket.origins,
    expected: lastKnown(run.status, bucket.inventory.prefix),
    rollback: run.spec.rollback,
    initializes: run.spec.initializeFrom !== undefined,
  });
}

/** What the run is initialised from, or why it cannot be; undefined when restore must find out. */
function sourcePlan({ run, source, clusterUid, store }: Snapshot): SourcePlan | undefined {
  const { initializeFrom } = run.spec;
  if (initializeFrom === undefined || source === undefined) return undefined;
  if (source.kind === 'Unreadable')
    return { kind: 'Stop', reason: 'SourceUnreadable', message: `initializeFrom: ${source.message}` };
  const adopted = store.kind === 'Ready' ? store.adoptClusters : [];
  const clusterUids = [clusterUid, ...adopted];
  return planSource({ source: initializeFrom.source, clusterUids, facts: source.facts });
}

function wordsOf({ run }: Snapshot, plan: ResumePlan): string {
  if (plan.kind === 'Initialize') return describeSource(run.spec.initializeFrom);
  const update = plan.kind === 'From' ? plan.candidates[0]?.update : undefined;
  const where = update === undefined ? 'from scratch' : `from update ${update}`;
  return 'rollback' in plan ? `${where}, as rollback "${plan.rollback}" asks` : where;
}

function describeSource(initial: InitialSource | undefined): string {
  if (initial === undefined) return 'from scratch';
  const { source, mode } = initial;
  const verb = mode === 'Resume' ? 'from' : 'with the weights of';
  if (source.is === 'Object') return `${verb} object ${source.object}`;
  return `${verb} ${source.update === undefined ? 'the newest checkpoint' : `update ${source.update}`} of run ${source.run}`;
}
