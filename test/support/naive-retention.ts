// Retention once more, as a person would do it with pen and paper: slow, rule by rule, from the tales and nothing else.
// It shares no code with the planner, so that the two can be held against each other.
import type { RetentionRules } from '../../src/domain/retention/rules.ts';
import type { AttemptTale } from './bucket-facts.ts';

/** One checkpoint of a tale. */
export interface TaleCheckpoint {
  readonly attempt: number;
  readonly kind: 'Last' | 'Step';
  readonly update: number;
  readonly age: number;
}

export const nameOf = ({ attempt, kind, update }: TaleCheckpoint): string => `${attempt}:${kind}@${update}`;

const checkpointsOf = ({
  number,
  last = [],
  steps = [],
  age = 10_000,
}: AttemptTale): readonly TaleCheckpoint[] => [
  ...last.map((update) => ({ attempt: number, kind: 'Last' as const, update, age })),
  ...steps.map((update) => ({ attempt: number, kind: 'Step' as const, update, age })),
];

const allOf = (tales: readonly AttemptTale[]): readonly TaleCheckpoint[] => tales.flatMap(checkpointsOf);

/** The checkpoints the next attempt could start from, the best first. */
export function lineageOf(tales: readonly AttemptTale[]): readonly TaleCheckpoint[] {
  const opened = tales.filter(({ from }) => from !== 'unopened');
  const chain: TaleCheckpoint[] = [];
  let number = Math.max(0, ...opened.map((tale) => tale.number));
  let limit = Infinity;
  while (number > 0) {
    const tale = opened.find((one) => one.number === number);
    const own = tale === undefined ? [] : checkpointsOf(tale).filter(({ update }) => update <= limit);
    for (let update = Math.max(-1, ...own.map((one) => one.update)); update >= 0; update -= 1) {
      for (const kind of ['Last', 'Step'])
        chain.push(...own.filter((one) => one.update === update && one.kind === kind));
    }
    const from = tale?.from;
    number = typeof from === 'object' ? from[0] : 0;
    limit = typeof from === 'object' ? from[1] : 0;
  }
  return chain;
}

export interface NaiveQuestion {
  readonly tales: readonly AttemptTale[];
  readonly rules: RetentionRules | undefined;
  readonly succeeded: boolean;
  /** True while an attempt may still be choosing what to start from. */
  readonly starting: boolean;
}

/** The names of the checkpoints that nothing keeps. */
export function condemnedNaively(question: NaiveQuestion): readonly string[] {
  const lineage = lineageOf(question.tales);
  return allOf(question.tales)
    .filter((one) => lineage.some((other) => nameOf(other) === nameOf(one)))
    .filter((one) => !isNeeded(one, lineage, question) && !isKept(one, lineage, question.rules))
    .map(nameOf)
    .toSorted();
}

function isNeeded(
  one: TaleCheckpoint,
  lineage: readonly TaleCheckpoint[],
  { succeeded, starting }: NaiveQuestion,
): boolean {
  const [resume] = lineage;
  if (starting || resume === undefined || nameOf(one) === nameOf(resume)) return true;
  const before = lineage.filter(({ update }) => update < resume.update)[0];
  return !succeeded && before !== undefined && nameOf(one) === nameOf(before);
}

function isKept(
  one: TaleCheckpoint,
  lineage: readonly TaleCheckpoint[],
  rules: RetentionRules | undefined,
): boolean {
  const newer = lineage.slice(
    0,
    lineage.findIndex((other) => nameOf(other) === nameOf(one)),
  );
  const rank = newer.filter(({ kind }) => kind === one.kind).length;
  if (one.kind === 'Last') return rank < Math.max(2, rules?.keepModelLast ?? 2);
  return rules === undefined || isStepKept(one, rank, { lineage, ...rules });
}

function isStepKept(
  one: TaleCheckpoint,
  rank: number,
  rules: RetentionRules & { readonly lineage: readonly TaleCheckpoint[] },
): boolean {
  const { lineage, keepNewest, keepEvery, minAgeSeconds } = rules;
  if (keepNewest === undefined && keepEvery === undefined) return true;
  return one.age < minAgeSeconds || rank < (keepNewest ?? 0) || isMilestone(one, lineage, keepEvery);
}

function isMilestone(
  { update }: TaleCheckpoint,
  lineage: readonly TaleCheckpoint[],
  every: number | undefined,
): boolean {
  if (every === undefined) return false;
  const steps = lineage.filter(({ kind }) => kind === 'Step').map((step) => step.update);
  for (let multiple = every; multiple <= update; multiple += every) {
    if (!steps.some((other) => other >= multiple && other < update)) return true;
  }
  return false;
}
