// Which checkpoints of a run stay and why: one pure function, for the sweep and for whoever asks. When in doubt, keep.
import type { BucketFacts, Dependent } from '../run/facts.ts';
import type { Checkpoint } from '../bucket/inventory.ts';
import { formatAttemptId } from '../bucket/keys.ts';
import { checkpointsOnLineage, traceLineage } from '../bucket/lineage.ts';
import type { Instant, Seconds } from '../units.ts';
import { leastModelLast, type RetentionRules } from './rules.ts';

export type KeepReason =
  | 'KeepModelLast'
  | 'KeepNewest'
  | 'KeepEvery'
  | 'MinAge'
  | 'NoStepRules'
  | 'OffLineage';
export type LockReason =
  | 'ResumePoint'
  | 'BeforeResumePoint'
  | 'AttemptStarting'
  | 'RollbackTarget'
  | 'SourceOfRun';

/** One checkpoint with its verdict and every reason for it; a condemned one matched no rule. */
export type Ruling =
  | {
      readonly checkpoint: Checkpoint;
      readonly verdict: 'Locked';
      readonly reasons: readonly (LockReason | KeepReason)[];
    }
  | { readonly checkpoint: Checkpoint; readonly verdict: 'Keep'; readonly reasons: readonly KeepReason[] }
  | {
      readonly checkpoint: Checkpoint;
      readonly verdict: 'Condemned';
      readonly reasons: readonly ['NoRuleKeepsIt'];
    };

export type RetentionPlan =
  | {
      readonly kind: 'Planned';
      readonly rulings: readonly Ruling[];
      /** When time alone changes a ruling; undefined = never. */
      readonly changesInSeconds: Seconds | undefined;
    }
  | { readonly kind: 'Stopped'; readonly why: string };

export interface RetentionQuestion {
  readonly runUid: string;
  /** Undefined = the run declares nothing. */
  readonly rules: RetentionRules | undefined;
  /** From a complete listing. */
  readonly bucket: BucketFacts;
  readonly succeeded: boolean;
  /** The newest attempt number that may still be choosing what to resume from; undefined when none lives. */
  readonly startingAttempt: number | undefined;
  /** Keys of the checkpoints that a pending rollback goes back to. */
  readonly rollbackTargets?: readonly string[];
  /** Runs that wait to be initialised from this one. */
  readonly dependents?: readonly Dependent[];
}

/** The rulings on every checkpoint of the run, or why none may be made. */
export function planRetention(question: RetentionQuestion): RetentionPlan {
  const { bucket } = question;
  if (bucket.marker?.runUid !== question.runUid) {
    return { kind: 'Stopped', why: `${bucket.inventory.prefix}run.json is not this run's` };
  }
  const lineage = traceLineage(bucket.origins);
  if (lineage.kind === 'Unreadable')
    return { kind: 'Stopped', why: `the lineage cannot be read: ${lineage.why}` };
  if (bucket.storeTime === undefined) return { kind: 'Stopped', why: "the store's clock is not known" };
  const onLineage = checkpointsOnLineage(lineage.links, bucket.inventory);
  const reasons = new Map<string, (LockReason | KeepReason)[]>();
  for (const { keys, reason } of [
    ...locks(question, onLineage),
    ...keeps(question.rules, onLineage, bucket.storeTime),
  ]) {
    for (const key of keys) reasons.set(key, [...(reasons.get(key) ?? []), reason]);
  }
  const lineageKeys = new Set(onLineage.map(({ key }) => key));
  const all = bucket.inventory.attempts.flatMap(({ checkpoints }) => checkpoints);
  const rulings = all.map((checkpoint) => rule(checkpoint, reasons, lineageKeys));
  const { minAgeSeconds = 0 } = question.rules ?? {};
  return { kind: 'Planned', rulings, changesInSeconds: firstRipe(rulings, minAgeSeconds, bucket.storeTime) };
}

/** Seconds until the first checkpoint that only its youth keeps has come of age. */
function firstRipe(
  rulings: readonly Ruling[],
  minAgeSeconds: Seconds,
  storeTime: Instant,
): Seconds | undefined {
  const young = rulings.filter(({ reasons }) => reasons.every((reason) => reason === 'MinAge'));
  const ages = young.map(({ checkpoint }) => (storeTime - checkpoint.savedAt) / 1000);
  return ages.length === 0 ? undefined : Math.max(0, minAgeSeconds - Math.max(...ages));
}

interface Match<R> {
  readonly reason: R;
  readonly keys: readonly string[];
}

const keysOf = (checkpoints: readonly Checkpoint[]): readonly string[] => checkpoints.map(({ key }) => key);

function locks(question: RetentionQuestion, onLineage: readonly Checkpoint[]): readonly Match<LockReason>[] {
  const resumePoint = onLineage.slice(0, 1);
  const older = onLineage.find(({ update }) => update < (resumePoint[0]?.update ?? 0));
  const before = question.succeeded || older === undefined ? [] : [older];
  const starting = isStarting(question) ? onLineage : [];
  return [
    { reason: 'ResumePoint', keys: keysOf(resumePoint) },
    { reason: 'BeforeResumePoint', keys: keysOf(before) },
    { reason: 'AttemptStarting', keys: keysOf(starting) },
    { reason: 'RollbackTarget', keys: question.rollbackTargets ?? [] },
    {
      reason: 'SourceOfRun',
      keys: keysOf((question.dependents ?? []).flatMap((run) => sourcesOf(run, onLineage))),
    },
  ];
}

/** What the run may be initialised from: its update or, of the newest, also the next in case the newest turns out bad. */
const sourcesOf = ({ update }: Dependent, onLineage: readonly Checkpoint[]): readonly Checkpoint[] =>
  update === undefined ? onLineage.slice(0, 2) : onLineage.filter((saved) => saved.update === update);

// Until its attempt.json exists, a starting attempt may be reading any candidate.
function isStarting({ startingAttempt, bucket }: RetentionQuestion): boolean {
  if (startingAttempt === undefined) return false;
  return !bucket.origins.some(({ id }) => id.number >= startingAttempt);
}

function keeps(
  rules: RetentionRules | undefined,
  onLineage: readonly Checkpoint[],
  storeTime: Instant,
): readonly Match<KeepReason>[] {
  const steps = onLineage.filter(({ kind }) => kind === 'Step');
  const lasts = onLineage.filter(({ kind }) => kind === 'Last');
  const { keepNewest, keepEvery, minAgeSeconds = 0 } = rules ?? {};
  const hasStepRule = keepNewest !== undefined || keepEvery !== undefined;
  const youngerThan = storeTime - minAgeSeconds * 1000;
  return [
    {
      reason: 'KeepModelLast',
      keys: keysOf(lasts.slice(0, Math.max(leastModelLast, rules?.keepModelLast ?? 0))),
    },
    { reason: 'KeepNewest', keys: keysOf(steps.slice(0, keepNewest ?? 0)) },
    { reason: 'KeepEvery', keys: keepEvery === undefined ? [] : keysOf(milestones(steps, keepEvery)) },
    { reason: 'MinAge', keys: keysOf(steps.filter(({ savedAt }) => savedAt > youngerThan)) },
    { reason: 'NoStepRules', keys: hasStepRule ? [] : keysOf(steps) },
  ];
}

/** The first Step at or after each multiple k·every, k ≥ 1; `steps` newest first. */
function milestones(steps: readonly Checkpoint[], every: number): readonly Checkpoint[] {
  const reached = (update: number): number => Math.floor(update / every);
  return steps.filter((step, rank) => reached(step.update) > reached(steps[rank + 1]?.update ?? 0));
}

function rule(
  checkpoint: Checkpoint,
  reasons: ReadonlyMap<string, readonly (LockReason | KeepReason)[]>,
  lineageKeys: ReadonlySet<string>,
): Ruling {
  const why = reasons.get(checkpoint.key) ?? [];
  const kept = why.filter(isKeepReason);
  if (kept.length < why.length) return { checkpoint, verdict: 'Locked', reasons: why };
  if (!lineageKeys.has(checkpoint.key))
    return { checkpoint, verdict: 'Keep', reasons: ['OffLineage', ...kept] };
  if (kept.length > 0) return { checkpoint, verdict: 'Keep', reasons: kept };
  return { checkpoint, verdict: 'Condemned', reasons: ['NoRuleKeepsIt'] };
}

const lockReasons: readonly string[] = [
  'ResumePoint',
  'BeforeResumePoint',
  'AttemptStarting',
  'RollbackTarget',
  'SourceOfRun',
] satisfies LockReason[];
const isKeepReason = (reason: LockReason | KeepReason): reason is KeepReason => !lockReasons.includes(reason);

/** How a ruling reads to a person. */
export const describeRuling = ({ checkpoint, verdict, reasons }: Ruling): string =>
  `${formatAttemptId(checkpoint.attempt)} ${checkpoint.kind} ${checkpoint.update}: ${verdict} (${reasons.join(', ')})`;
