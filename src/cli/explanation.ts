// Why a run stands as it does and what comes next: the operator's own decision over what was observed, in words. It calls decide and
// has no rule of its own; where too little was seen to decide, it says what status says, and that it does.
import { decide } from '../domain/run/decide.ts';
import type { Action, Decision, Recheck } from '../domain/run/decision.ts';
import type { Snapshot } from '../domain/run/facts.ts';
import { phaseOf } from '../domain/run/phase.ts';
import { report } from '../domain/run/report.ts';
import type { RunCondition, RunStatus } from '../domain/run/status.ts';
import { cureOf, reasonCure } from './cure.ts';
import { evidenceOf } from './evidence.ts';
import { nextWords } from './next-words.ts';

export interface Explanation {
  /** The phase as `kubectl get` shows it. */
  readonly phase: string;
  /** Of what stalls or fails it. */
  readonly reason: string | undefined;
  readonly message: string;
  /** What the operator would write now; from status alone: what it wrote last, undefined before it has. */
  readonly status: RunStatus | undefined;
  readonly judgedFrom: 'Facts' | 'Status';
  /** A clause each. */
  readonly evidence: readonly string[];
  /** What the operator does now, as it decides it; undefined when that cannot be told. */
  readonly next:
    | { readonly actions: readonly Action[]; readonly recheck: Recheck; readonly words: string }
    | undefined;
  /** What would change it; undefined when nothing needs to. */
  readonly cure: string | undefined;
}

/** What of the snapshot could not be seen from here. */
export interface Sightlessness {
  readonly isBlind: boolean;
  readonly isBucketUnseen: boolean;
}

/** The explanation of a run. */
export function explain(snapshot: Snapshot, unseen: Sightlessness): Explanation {
  if (snapshot.run.deleting) return leaving(snapshot);
  if (unseen.isBlind) return fromStatus(snapshot, []);
  const decision = decide(snapshot);
  const evidence = evidenceOf(snapshot, decision, unseen);
  if (unseen.isBucketUnseen && restsOnBucket(decision)) return fromStatus(snapshot, evidence);
  const { standing, actions, recheck } = decision;
  const fresh = report(snapshot, decision);
  const status = unseen.isBucketUnseen ? asWritten(fresh, snapshot.run) : fresh;
  return {
    phase: phaseOf(decision),
    reason: 'reason' in standing ? standing.reason : undefined,
    message: status.message,
    status,
    judgedFrom: 'Facts',
    evidence,
    next: { actions, recheck, words: nextWords(decision) },
    cure: cureOf(decision, snapshot),
  };
}

// What only the bucket tells stays as the operator wrote it, who sees more.
function asWritten(fresh: RunStatus, { status: written }: Snapshot['run']): RunStatus {
  const { conditions, progress } = fresh;
  const available = written?.conditions.find(({ type }) => type === 'CheckpointAvailable');
  return {
    ...fresh,
    conditions: conditions.map((one) => (one.type === available?.type ? available : one)),
    progress:
      progress === undefined ? undefined : { ...progress, unsavedUpdates: written?.progress?.unsavedUpdates },
  };
}

// The operator decides nothing more about a run that is being deleted.
const leaving = ({ run: { status }, pods }: Snapshot): Explanation => ({
  phase: status?.phase ?? 'Pending',
  reason: 'BeingDeleted',
  message: 'the run is being deleted, and its Jobs and pods with it',
  status,
  judgedFrom: 'Facts',
  evidence: [
    'metadata.deletionTimestamp is set',
    ...pods.map(({ name, phase }) => `pod ${name} is still there (${phase})`),
  ],
  next: {
    actions: [],
    recheck: undefined,
    words: 'no other attempt; the run goes when nothing holds it any more (metadata.finalizers)',
  },
  cure: undefined,
});

/** What lives is let alone whatever the bucket holds; what ended well, or was stopped, is settled. */
const restsOnBucket = ({ standing, attempts }: Decision): boolean =>
  (standing.is !== 'Live' && standing.is !== 'Succeeded' && standing.is !== 'Suspended') ||
  attempts[0]?.stage.stage === 'Flushing';

function fromStatus({ run }: Snapshot, evidence: readonly string[]): Explanation {
  const { status } = run;
  const held = heldBy(status);
  return {
    phase: status?.phase ?? 'Pending',
    reason: held?.reason,
    message: status?.message ?? 'the run has no status yet',
    status,
    judgedFrom: 'Status',
    evidence,
    next: undefined,
    cure: held === undefined ? undefined : reasonCure(held.type, held.reason),
  };
}

const heldBy = (status: RunStatus | undefined): RunCondition | undefined =>
  status?.conditions.find(
    ({ type, status: is }) =>
      is === 'True' && (type === 'Stalled' || type === 'Failed' || type === 'Suspended'),
  );
