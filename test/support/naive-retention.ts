// Retention once more, as a person would do it with pen and paper: slow, rule by rule, from the tales and nothing else.
// It shares no code with the planner, so that the two can be held against each other.
import type { Floor } from '../../src/domain/retention/keeps.ts';
import type { Ceiling } from '../../src/domain/retention/ceilings.ts';
import type { RetentionRules } from '../../src/domain/retention/rules.ts';
import type { AttemptTale } from './bucket-facts.ts';
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

interface Sheet extends NaiveQuestion {
  readonly lineage: readonly TaleCheckpoint[];
  readonly isGood: (one: TaleCheckpoint) => boolean;
}

/** The rulings on everything, in the order of their names. */
export function ruleNaively(question: NaiveQuestion): readonly NaiveRuling[] {
  const bad = new Set(question.tales.flatMap(({ skipped = [] }) => skipped.map(({ key }) => key)));
  const isGood = ({ attempt, kind, update }: TaleCheckpoint): boolean =>
    ![...bad].some((key) =>
      key.endsWith(
        `${String(attempt).padStart(4, '0')}-${String(attempt % 10).repeat(8)}/${kind === 'Last' ? 'last' : 'steps'}/model_${update}.pt`,
      ),
    );
  const sheet = { ...question, lineage: lineageOf(question.tales), isGood };
  const all = allOf(question.tales);
  const reasons = new Map(all.map((one) => [nameOf(one), reasonsFor(one, sheet)]));
  thin(all, sheet, reasons);
  return all
    .map((one) => ({ name: nameOf(one), ...settled(reasons.get(nameOf(one)) ?? []) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const locks = [
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
const ceilings = ['MaxAge', 'MaxCheckpoints', 'MaxBytes'];
const floors = ['FloorNewest', 'FloorMinAge'];

const hasOne = (reasons: readonly string[], of: readonly string[]): boolean =>
  reasons.some((reason) => of.includes(reason));

function verdictOf(reasons: readonly string[]): string {
  if (hasOne(reasons, locks)) return 'Locked';
  if (hasOne(reasons, floors)) return 'Keep';
  return hasOne(reasons, keepRules) && !hasOne(reasons, ceilings) ? 'Keep' : 'Condemned';
}

function settled(reasons: readonly string[]): Omit<NaiveRuling, 'name'> {
  const isWanted = hasOne(reasons, [...locks, ...floors, ...keepRules]);
  const all = isWanted ? reasons : [...reasons, 'NoRuleKeepsIt'];
  return { verdict: verdictOf(reasons), reasons: all.toSorted() };
}

/** Steps go until the limits hold: the left behind first, then the one in the narrowest place. */
function thin(all: readonly TaleCheckpoint[], sheet: Sheet, reasons: Map<string, readonly string[]>): void {
  const of = (one: TaleCheckpoint): readonly string[] => reasons.get(nameOf(one)) ?? [];
  for (;;) {
    const stay = all.filter((one) => verdictOf(of(one)) !== 'Condemned');
    const over = exceededBy(stay, sheet);
    const goes = nextToGo(stay, sheet, (one) => !hasOne(of(one), [...locks, ...floors]));
    if (over.length === 0 || goes === undefined) return;
    reasons.set(nameOf(goes), [...of(goes), ...over]);
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

function nextToGo(
  stay: readonly TaleCheckpoint[],
  { lineage }: Sheet,
  mayGo: (one: TaleCheckpoint) => boolean,
): TaleCheckpoint | undefined {
  const steps = stay.filter(({ kind }) => kind === 'Step');
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
