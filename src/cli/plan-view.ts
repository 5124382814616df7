// A plan of retention as it is shown: every checkpoint of every run once, in a stable order, also of runs of which nothing may go.
import type { CapacityReport } from '../domain/retention/capacity.ts';
import { noteworthy } from '../domain/retention/notes.ts';
import { missedListingsNeeded, type OrphanQuestion } from '../domain/retention/orphans.ts';
import type { RunName } from '../domain/retention/policy.ts';
import type { Judgement, Reason, Verdict } from '../domain/retention/reasons.ts';
import type { Settings } from '../domain/retention/settings.ts';
import type { SavedAttempt, SavedCheckpoint } from '../domain/retention/standing.ts';
import type { PlannedOrphan, PlannedRun, RunQuestion } from '../domain/retention/run-plan.ts';
import type { StorePlan } from '../domain/retention/store-plan.ts';
import { formatTime } from '../domain/time.ts';
import type { RetentionStatus } from '../domain/run/status.ts';
import type { Bytes, Instant, Seconds } from '../domain/units.ts';

/** A ruling, or that its run is stopped. */
export interface ShownRuling {
  readonly checkpoint: SavedCheckpoint;
  readonly verdict: Verdict;
  readonly reasons: readonly (Reason | 'Stopped')[];
  /** What it would be if what is audited were enforced, where that is another verdict. */
  readonly audit?: Judgement;
}

export interface ShownRun {
  readonly name: RunName;
  /** status.phase; `Gone` of what is left of one. */
  readonly phase: string;
  readonly rulings: readonly ShownRuling[];
  /** What holds for it; undefined where policies contradict each other. */
  readonly settings: Settings | undefined;
  /** Why nothing of it goes at all. */
  readonly stopped: string | undefined;
  /** Why nobody can say what Audit policies would take. */
  readonly auditStopped: string | undefined;
  /** What a person should know, a sentence each. */
  readonly notes: readonly string[];
  /** When time alone changes a ruling; undefined = never. */
  readonly changesInSeconds: Seconds | undefined;
  /** What the run itself asks a person to agree to, as its status has it. */
  readonly asked?: RetentionStatus['approval'];
  /** Of its store. */
  readonly pricePerGiBMonth?: number | undefined;
  /** What retention has deleted of the run so far, as its status has it. */
  readonly reclaimedBytes?: Bytes | undefined;
}

export interface LeftAsked {
  readonly policy: string;
  readonly checkpoints: number;
  readonly digest: string;
}

export interface PlanView {
  /** By namespace and name. */
  readonly runs: readonly ShownRun[];
  readonly capacities: readonly CapacityReport[];
  /** What the policy that is planned for asks a person to agree to of runs that are gone, as its status has it. */
  readonly leftAsked?: LeftAsked | undefined;
  /** For which time, by the store's clock. */
  readonly at: Instant;
}

export interface Asked {
  readonly runs: readonly RunQuestion[];
  readonly orphans: readonly OrphanQuestion[];
}

/** The plan of what was asked, to be shown. */
export function viewPlan(asked: Asked, plan: StorePlan, at: Instant): PlanView {
  const runs = asked.runs.flatMap((question, nth) => {
    const planned = plan.runs[nth];
    return planned === undefined ? [] : [viewRun(question, planned)];
  });
  const orphans = asked.orphans.flatMap((question, nth) => {
    const planned = plan.orphans[nth];
    return planned === undefined ? [] : [viewOrphan(question, planned)];
  });
  return { runs: [...runs, ...orphans].toSorted(byName), capacities: plan.capacities, at };
}

const byName = ({ name: a }: ShownRun, { name: b }: ShownRun): number =>
  compare(a.namespace, b.namespace) || compare(a.run, b.run);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A run with its plan, to be shown. */
function viewRun(
  { phase, attempts }: Pick<RunQuestion, 'phase' | 'attempts'>,
  planned: PlannedRun,
): ShownRun {
  const { name, settings, plan, auditStopped } = planned;
  const common = { name, phase, settings, auditStopped };
  if (plan.kind === 'Stopped')
    return {
      ...common,
      rulings: stoppedRulings(attempts),
      stopped: plan.why,
      notes: [],
      changesInSeconds: undefined,
    };
  const { rulings, changesInSeconds } = plan;
  return { ...common, rulings, stopped: undefined, notes: noteworthy(plan), changesInSeconds };
}

function viewOrphan(
  { attempts, goneSince }: Pick<OrphanQuestion, 'attempts' | 'goneSince'>,
  { name, settings, plan, auditStopped }: PlannedOrphan,
): ShownRun {
  const isStopped = plan.kind === 'Stopped';
  return {
    name,
    phase: 'Gone',
    rulings: isStopped ? stoppedRulings(attempts) : plan.rulings,
    settings: settings && ofOrphan(settings),
    stopped: isStopped ? plan.why : undefined,
    auditStopped,
    notes: [goneWords(goneSince), missedWords],
    changesInSeconds: undefined,
  };
}

/** What runs are kept by says nothing of what one left. */
const ofOrphan = (settings: Settings): Settings => ({
  ...settings,
  rules: undefined,
  floor: { keepNewest: undefined, minAgeSeconds: undefined },
  ceiling: { maxCheckpoints: undefined, maxBytes: undefined, maxAgeSeconds: undefined, maxPins: undefined },
  abortUploadsAfterSeconds: undefined,
});

/** What a policy's capacity takes of it: the question of a plan of it alone. */
export const takenForCapacity = ({ rulings }: Pick<ShownRun, 'rulings'>): readonly SavedCheckpoint[] =>
  rulings.flatMap(({ checkpoint, reasons }) => (reasons.includes('Capacity') ? [checkpoint] : []));

/** What only the operator knows of a run that is gone, and how it is taken here. */
export const missedWords = `Nothing of it goes while a pod of it is left, nor before the operator has missed the run in ${missedListingsNeeded} complete listings in a row, one a sweep, counted anew once it restarts; that is taken to be so here.`;

const goneWords = (since: Instant | undefined): string =>
  since === undefined
    ? 'The store has not noted yet that the run is gone, from which its time counts.'
    : `The run is gone, since ${formatTime(since)} as the store has it.`;

/** Newest attempt first, in it the newest update: of such a run the lineage may not be known. */
const stoppedRulings = (attempts: readonly SavedAttempt[]): readonly ShownRuling[] =>
  attempts
    .flatMap(({ checkpoints }) => checkpoints)
    .toSorted(
      (a, b) =>
        b.attempt.number - a.attempt.number ||
        compare(b.attempt.pod, a.attempt.pod) ||
        b.update - a.update ||
        compare(a.kind, b.kind),
    )
    .map((checkpoint) => ({ checkpoint, verdict: 'Locked', reasons: ['Stopped'] }));
