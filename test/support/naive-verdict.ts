// What a list of reasons comes to, as the design has it: which of them wins. No code of the planner is used.

export const locks = [
  'ResumePoint',
  'BeforeResumePoint',
  'AttemptStarting',
  'SourceOfRun',
  'NothingOnLineage',
  'Pinned',
];
const keepRules = [
  'KeepModelLast',
  'KeepNewest',
  'KeepEvery',
  'KeepWithin',
  'KeepAbandoned',
  'MinAge',
  'NoStepRules',
];
const ceilings = ['MaxAge', 'MaxCheckpoints', 'MaxBytes', 'Capacity'];
export const floors = ['FloorNewest', 'FloorMinAge'];

export const hasOne = (reasons: readonly string[], of: readonly string[]): boolean =>
  reasons.some((reason) => of.includes(reason));

export function verdictOf(reasons: readonly string[]): string {
  if (hasOne(reasons, locks)) return 'Locked';
  if (hasOne(reasons, floors)) return 'Keep';
  return hasOne(reasons, keepRules) && !hasOne(reasons, ceilings) ? 'Keep' : 'Condemned';
}

export function settled(reasons: readonly string[]): {
  readonly verdict: string;
  readonly reasons: readonly string[];
} {
  const isWanted = hasOne(reasons, [...locks, ...floors, ...keepRules]);
  const all = isWanted ? reasons : [...reasons, 'NoRuleKeepsIt'];
  return { verdict: verdictOf(reasons), reasons: all.toSorted() };
}
