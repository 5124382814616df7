// The reasons of a ruling and what each of them weighs: structure and pins lock, a floor keeps, a ceiling condemns what no floor
// keeps, a keep rule keeps what no ceiling takes, and what nothing keeps is condemned. docs/retention.md explains every one.

/** Nothing overrides these: training would not go on as it should, or a person said so. */
const locking = [
  'ResumePoint',
  'BeforeResumePoint',
  'AttemptStarting',
  'RollbackTarget',
  'SourceOfRun',
  'NothingOnLineage',
  'PodsLeft',
  'Pinned',
] as const;

/** A policy's floor: nobody keeps less. */
const floors = ['FloorNewest', 'FloorMinAge'] as const;

/** They speak against, and beat every keep rule: ceilings, and that the run is gone. */
const ceilings = ['RunGone', 'MaxAge', 'MaxCheckpoints', 'MaxBytes', 'Capacity'] as const;

/** The keep rules of the run, or of a policy's defaults; and what keeps the rest of a run that is gone. */
const keeping = [
  'KeepModelLast',
  'KeepNewest',
  'KeepEvery',
  'KeepWithin',
  'KeepAbandoned',
  'MinAge',
  'NoStepRules',
  'OrphanYoung',
  'OrphanKept',
] as const;

/** They decide nothing: they say why a rule that might be expected to keep does not. */
const remarks = ['Abandoned', 'FoundBad', 'PinExpired'] as const;

const expiry = ['NoRuleKeepsIt'] as const;

/** Every reason, in the order in which they are told: what wins comes first. */
export const reasons = [...locking, ...floors, ...ceilings, ...keeping, ...expiry, ...remarks] as const;

export type Reason = (typeof reasons)[number];

export type Verdict = 'Locked' | 'Keep' | 'Condemned';

/** Reasons as a set: one bit for each. */
export type Marks = number;

const bitOf = new Map<string, Marks>(reasons.map((reason, at) => [reason, 1 << at]));

/** The marks of these reasons. */
export const marksOf = (...named: readonly Reason[]): Marks =>
  named.reduce((marks, reason) => marks | (bitOf.get(reason) ?? 0), 0);

/** The marks of structure and pins. */
export const lockMarks = marksOf(...locking);
export const floorMarks = marksOf(...floors);
const ceilingMarks = marksOf(...ceilings);
export const keepMarks = marksOf(...keeping);

/** For what a reason speaks: it locks, it is a floor and keeps against limits, a limit takes it, a rule keeps it, nothing does; or it only remarks. */
export type Side = 'Locks' | 'Floor' | 'Limits' | 'Keeps' | 'Expires' | 'Remarks';

/** The side of a reason. */
export function sideOf(reason: Reason): Side {
  const marks = marksOf(reason);
  if ((marks & lockMarks) !== 0) return 'Locks';
  if ((marks & floorMarks) !== 0) return 'Floor';
  if ((marks & ceilingMarks) !== 0) return 'Limits';
  if ((marks & keepMarks) !== 0) return 'Keeps';
  return (marks & marksOf(...expiry)) === 0 ? 'Remarks' : 'Expires';
}

/** What the marks of a checkpoint come to. */
export function verdictOf(marks: Marks): Verdict {
  if ((marks & lockMarks) !== 0) return 'Locked';
  if ((marks & floorMarks) !== 0) return 'Keep';
  if ((marks & ceilingMarks) !== 0) return 'Condemned';
  return (marks & keepMarks) === 0 ? 'Condemned' : 'Keep';
}

/** The reasons of these marks, in the order in which they are told. */
export const reasonsIn = (marks: Marks): readonly Reason[] =>
  reasons.filter((_, at) => (marks & (1 << at)) !== 0);

/** The verdict with every reason for and against it; never without a reason. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

const unkept = marksOf('NoRuleKeepsIt');
/** Where one of these speaks, nobody asks which rule kept it. */
const spoken = lockMarks | floorMarks | keepMarks | marksOf('RunGone');

// There are few sets of reasons and many checkpoints: each set is put into words once.
const worded = new Map<Marks, Judgement>();

/** The marks of a checkpoint in words. */
export function judgementOf(marks: Marks): Judgement {
  const known = worded.get(marks);
  if (known !== undefined) return known;
  const all = (marks & spoken) === 0 ? marks | unkept : marks;
  const judgement: Judgement = {
    verdict: verdictOf(marks),
    reasons: reasonsIn(all),
  };
  worded.set(marks, judgement);
  return judgement;
}
