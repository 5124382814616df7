// Retention once more, as a person would do it with pen and paper: slow, rule by rule, from the tales and nothing else.
// It shares no code with the planner, so that the two can be held against each other.
import type { Floor } from '../../src/domain/retention/keeps.ts';
import type { Ceiling } from '../../src/domain/retention/ceilings.ts';
import type { RetentionRules } from '../../src/domain/retention/rules.ts';
import type { AttemptTale } from './bucket-facts.ts';
import { floors, hasOne, locks, settled, verdictOf } from './naive-verdict.ts';
import { allOf, leftSince, lineageOf, nameOf, same, type TaleCheckpoint } from './tale-checkpoints.ts';

export interface TalePin {
  readonly update: number;
  readonly attempt: number;
  /** Seconds from now until it ends, negative when it has; undefined = never. */
  readonly endsIn: number | undefined;
}

export interface NaiveQuestion {
  readonly tales: readonly AttemptTale[];
  readonly rules: RetentionRules | undefined;
  readonly succeeded: boolean;
  /** True while an attempt may still be choosing what to start from. */
  readonly starting: boolean;
  readonly pins: readonly TalePin[];
  /** Updates that waiting runs want; undefined = the newest. */
  readonly wanted: readonly (number | undefined)[];
  readonly floor: Floor;
  readonly ceiling: Ceiling;
}

export interface NaiveRuling {
  readonly name: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
}

/** A question with its answer so far: each checkpoint's reasons, by its name. */
export interface Sheet extends NaiveQuestion {
  readonly lineage: readonly TaleCheckpoint[];
  readonly isGood: (one: TaleCheckpoint) => boolean;
  readonly reasons: Map<string, readonly string[]>;
}

/** The rulings on everything, in the order of their names. */
export const ruleNaively = (question: NaiveQuestion): readonly NaiveRuling[] =>
  readSheet(fillSheet(question));

/** Every reason but those of a policy's capacity. */
export function fillSheet(question: NaiveQuestion): Sheet {
  const bad = new Set(question.tales.flatMap(({ skipped = [] }) => skipped.map(({ key }) => key)));
  const isGood = ({ attempt, kind, update }: TaleCheckpoint): boolean =>
    ![...bad].some((key) =>
      key.endsWith(
        `${String(attempt).padStart(4, '0')}-${String(attempt % 10).repeat(8)}/${kind === 'Last' ? 'last' : 'steps'}/model_${update}.pt`,
      ),
    );
  const reasons = new Map<string, readonly string[]>();
  const sheet = { ...question, lineage: lineageOf(question.tales), isGood, reasons };
  for (const one of allOf(question.tales)) reasons.set(nameOf(one), reasonsFor(one, sheet));
  thin(sheet);
  return sheet;
}

/** The rulings that the reasons come to. */
export const readSheet = ({ reasons }: Sheet): readonly NaiveRuling[] =>
  [...reasons]
    .map(([name, why]) => ({ name, ...settled(why) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** What is not condemned so far. */
export const staying = ({ tales, reasons }: Sheet): readonly TaleCheckpoint[] =>
  allOf(tales).filter((one) => verdictOf(reasons.get(nameOf(one)) ?? []) !== 'Condemned');

/** Adds a reason. */
export const addReason = ({ reasons }: Sheet, one: TaleCheckpoint, ...more: readonly string[]): void => {
  reasons.set(nameOf(one), [...(reasons.get(nameOf(one)) ?? []), ...more]);
};

/** Steps go until the limits hold. */
function thin(sheet: Sheet): void {
  for (;;) {
    const over = exceededBy(staying(sheet), sheet);
    const goes = nextToGo(sheet);
    if (over.length === 0 || goes === undefined) return;
    addReason(sheet, goes, ...over);
  }
}

function exceededBy(stay: readonly TaleCheckpoint[], { ceiling, rules }: Sheet): readonly string[] {
  const bytes = stay.reduce((sum, { size }) => sum + size, 0);
  const limits = [ceiling.maxBytes, rules?.maxBytes].filter((limit) => limit !== undefined);
  return [
    ...is('MaxCheckpoints', stay.length > (ceiling.maxCheckpoints ?? Infinity)),
    ...is(
      'MaxBytes',
      limits.some((limit) => bytes > limit),
    ),
  ];
}

/** The left behind first, then the one in the narrowest place. */
export function nextToGo(sheet: Sheet): TaleCheckpoint | undefined {
  const { lineage, reasons } = sheet;
  const steps = staying(sheet).filter(({ kind }) => kind === 'Step');
  const mayGo = (one: TaleCheckpoint): boolean =>
    !hasOne(reasons.get(nameOf(one)) ?? [], [...locks, ...floors]);
  const [left] = steps
    .filter((one) => !lineage.some((other) => same(one, other)))
    .toSorted((a, b) => a.attempt - b.attempt || a.update - b.update)
    .filter(mayGo);
  const chain = lineage.filter((one) => steps.some((other) => same(one, other))).toReversed();
  const narrowest = chain
    .slice(0, -1)
    .map((one, at) => ({ one, gap: (chain[at + 1]?.update ?? 0) - (chain[at - 1]?.update ?? 0) }))
    .filter(({ one }) => mayGo(one))
    .toSorted((a, b) => a.gap - b.gap)[0]?.one;
  return left ?? narrowest;
}

const is = (reason: string, holds: boolean): readonly string[] => (holds ? [reason] : []);

function reasonsFor(one: TaleCheckpoint, sheet: Sheet): readonly string[] {
  const isOn = sheet.lineage.some((other) => same(one, other));
  return [
    ...(isOn ? lineageReasons(one, sheet) : abandonedReasons(one, sheet)),
    ...is('AttemptStarting', sheet.starting),
    ...is('NothingOnLineage', sheet.lineage.length === 0),
    ...is(
      'Pinned',
      sheet.pins.some((pin) => pins(pin, one, sheet) && (pin.endsIn ?? 1) > 0),
    ),
    ...is(
      'PinExpired',
      sheet.pins.some((pin) => pins(pin, one, sheet) && (pin.endsIn ?? 1) <= 0),
    ),
    ...is('FoundBad', !sheet.isGood(one)),
    ...is('MaxAge', one.age > (sheet.ceiling.maxAgeSeconds ?? Infinity)),
    ...is('MinAge', one.kind === 'Step' && one.age < minAge(sheet)),
    ...is('FloorMinAge', one.kind === 'Step' && one.age < (sheet.floor.minAgeSeconds ?? 0)),
  ];
}

function pins(pin: TalePin, one: TaleCheckpoint, { tales, lineage }: Sheet): boolean {
  if (one.update !== pin.update) return false;
  if (pin.attempt !== 0) return one.attempt === pin.attempt;
  const onLineage = lineage.filter(({ update }) => update === pin.update);
  const meant = onLineage.length > 0 ? onLineage : allOf(tales);
  return meant.some((other) => same(one, other));
}

/** The keep rules that hold: those on completion once it Succeeded, if there are any. */
const rulesOf = ({ rules, succeeded }: Sheet): Partial<RetentionRules> =>
  (succeeded ? rules?.onCompletion : undefined) ?? rules ?? {};

const minAge = (sheet: Sheet): number => rulesOf(sheet).minAgeSeconds ?? 0;

const hasStepRule = ({ keepNewest, keepEvery, keepWithinSeconds }: Partial<RetentionRules>): boolean =>
  [keepNewest, keepEvery, keepWithinSeconds].some((rule) => rule !== undefined);

function abandonedReasons(one: TaleCheckpoint, sheet: Sheet): readonly string[] {
  const rules = rulesOf(sheet);
  const since = leftSince(one, sheet.tales);
  const isKept = since === undefined || since < (rules.keepAbandonedSeconds ?? 7 * 24 * 3600);
  const isEveryStepKept = !hasStepRule(rules) && rules.keepAbandonedSeconds === undefined;
  return [
    'Abandoned',
    ...(isKept ? ['KeepAbandoned'] : []),
    ...(isEveryStepKept && one.kind === 'Step' ? ['NoStepRules'] : []),
  ];
}

function lineageReasons(one: TaleCheckpoint, sheet: Sheet): readonly string[] {
  const { lineage, isGood, succeeded, wanted } = sheet;
  const [resume = lineage.at(-1)] = lineage.filter(isGood);
  const isUpToResume = lineage.slice(0, 1 + lineage.findIndex((other) => resume && same(other, resume)));
  const before = lineage.filter(isGood).find(({ update }) => update < (resume?.update ?? 0));
  const at = lineage.findIndex((other) => same(one, other));
  return [
    ...(isUpToResume.some((other) => same(one, other)) ? ['ResumePoint'] : []),
    ...(!succeeded && before !== undefined && same(before, one) ? ['BeforeResumePoint'] : []),
    ...(wanted.some((update) => (update === undefined ? at < 2 : update === one.update))
      ? ['SourceOfRun']
      : []),
    ...ruleReasons(one, sheet),
  ];
}

function ruleReasons(one: TaleCheckpoint, sheet: Sheet): readonly string[] {
  const good = sheet.lineage.filter(sheet.isGood);
  const ofKind = good.filter(({ kind }) => kind === one.kind);
  const rank = ofKind.findIndex((other) => same(one, other));
  const isAmong = (count = 0): boolean => rank >= 0 && rank < count;
  if (one.kind === 'Last') return is('KeepModelLast', isAmong(lastsKept(sheet)));
  const rules = rulesOf(sheet);
  const { keepWithinSeconds = -Infinity } = rules;
  return [
    ...is('KeepNewest', isAmong(rules.keepNewest)),
    ...is('FloorNewest', isAmong(sheet.floor.keepNewest)),
    ...is('KeepEvery', rank >= 0 && isMilestone(one, ofKind, rules.keepEvery)),
    ...is('KeepWithin', rank >= 0 && one.age - (good[0]?.age ?? 0) <= keepWithinSeconds),
    ...is('NoStepRules', !hasStepRule(rules)),
  ];
}

function lastsKept(sheet: Sheet): number {
  const { keepModelLast } = rulesOf(sheet);
  if (sheet.succeeded && sheet.rules?.onCompletion !== undefined) return keepModelLast ?? 0;
  return Math.max(2, keepModelLast ?? 2);
}

function isMilestone(
  { update }: TaleCheckpoint,
  steps: readonly TaleCheckpoint[],
  every: number | undefined,
): boolean {
  if (every === undefined) return false;
  for (let multiple = every; multiple <= update; multiple += every) {
    if (!steps.some((other) => other.update >= multiple && other.update < update)) return true;
  }
  return false;
}
