// Retention of several runs under several policies, once more with pen and paper: which policy speaks for whom, what comes of their
// values together, and what goes when a capacity is exceeded. No code of the planner is used.
import type { RetentionPolicy } from '../../src/domain/retention/policy.ts';
import {
  addReason,
  fillSheet,
  type NaiveQuestion,
  type NaiveRuling,
  nextToGo,
  readSheet,
  type Sheet,
  staying,
} from './naive-retention.ts';
import { nameOf } from './tale-checkpoints.ts';
import { floors, hasOne, locks } from './naive-verdict.ts';

export interface NaiveRun {
  readonly name: string;
  readonly team: string;
  readonly phase: 'Failed' | 'Succeeded' | 'Running';
  readonly question: Omit<NaiveQuestion, 'floor' | 'ceiling' | 'succeeded'>;
  /** What was taken of it for a capacity before, by its names. */
  readonly taken?: ReadonlySet<string>;
}

/** What goes and stays; undefined = policies contradict each other about it. */
export type NaiveStore = ReadonlyMap<string, readonly NaiveRuling[] | undefined>;

export interface Page {
  readonly run: NaiveRun;
  /** Those that act on it. */
  readonly policies: readonly RetentionPolicy[];
  readonly sheet: Sheet | undefined;
  /** What it weighs where there is no sheet, if not what is told. */
  readonly bytes?: number;
}

/** What a run that is gone left, as far as a capacity may take it. */
export interface NaiveLeft {
  readonly policies: readonly RetentionPolicy[];
  readonly goneSince: number;
  readonly prefix: string;
  /** What stays so far. */
  bytes: number;
  readonly mayGo: boolean;
  readonly take: () => void;
  /** What would stay of it then. */
  readonly heldBytes: number;
}

/** The rulings on every run: as they are executed, or as if every audited policy were enforced. */
export function ruleStoreNaively(
  runs: readonly NaiveRun[],
  all: readonly RetentionPolicy[],
  auditsToo: boolean,
): NaiveStore {
  const on = all.filter(({ mode }) => mode !== 'Off');
  const acting = on.filter(({ mode }) => auditsToo || mode === 'Enforce');
  const pages = runs.map((run): Page => {
    const policies = acting.filter((policy) => speaksFor(policy, run));
    const isRefused = (['defaults', 'capacity'] as const).some(
      (part) => policies.filter((policy) => policy[part] !== undefined).length > 1,
    );
    const protecting = on.filter((policy) => speaksFor(policy, run));
    const sheet = isRefused ? undefined : fillSheet(together(run, policies, protecting));
    for (const [name, reasons] of sheet?.reasons ?? [])
      if (run.taken?.has(name) === true) sheet?.reasons.set(name, [...reasons, 'Capacity']);
    return { run, policies, sheet };
  });
  for (const policy of acting.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    evictNaively(policy, { pages: pages.filter(({ run }) => speaksFor(policy, run)), left: [] });
  return new Map(pages.map(({ run, sheet }) => [run.name, sheet && readSheet(sheet)]));
}

const speaksFor = ({ selector }: RetentionPolicy, { team }: NaiveRun): boolean => {
  const wanted = selector.namespaces?.matchLabels?.['team'];
  return wanted === undefined || wanted === team;
};

const given = (values: readonly (number | undefined)[]): readonly number[] =>
  values.filter((value) => value !== undefined);

const lowest = (values: readonly (number | undefined)[]): number => Math.min(Infinity, ...given(values));
const highest = (values: readonly (number | undefined)[]): number => Math.max(0, ...given(values));

/** The run's question with what the policies add: floors by the higher, ceilings by the lower. */
export function together(
  { question, phase }: NaiveRun,
  policies: readonly RetentionPolicy[],
  protecting: readonly RetentionPolicy[],
): NaiveQuestion {
  return {
    ...question,
    rules: question.rules ?? policies.find(({ defaults }) => defaults !== undefined)?.defaults,
    succeeded: phase === 'Succeeded',
    floor: {
      keepNewest: highest(protecting.map(({ floor }) => floor?.keepNewest)),
      minAgeSeconds: highest(protecting.map(({ floor }) => floor?.minAgeSeconds)),
    },
    ceiling: {
      maxCheckpoints: lowest(policies.map(({ ceiling }) => ceiling?.maxCheckpoints)),
      maxBytes: lowest(policies.map(({ ceiling }) => ceiling?.maxBytes)),
      maxAgeSeconds: lowest(policies.map(({ ceiling }) => ceiling?.maxAgeSeconds)),
    },
  };
}

const bytesOf = (pages: readonly Page[]): number =>
  pages
    .flatMap(({ run, sheet, bytes }) => {
      if (sheet !== undefined) return staying(sheet);
      return bytes === undefined ? everything(run) : [{ size: bytes }];
    })
    .reduce((sum, { size }) => sum + size, 0);

const everything = ({ question }: NaiveRun): readonly { readonly size: number }[] => [
  ...staying(fillSheet({ ...question, succeeded: false, starting: true, floor: {}, ceiling: {} })),
];

export interface Spanned {
  /** Of the runs that the policy selects. */
  readonly pages: readonly Page[];
  readonly left: readonly NaiveLeft[];
  /** Once begun, it goes on down to the low share. */
  readonly isUnderWay?: boolean;
}

/** What the policy's capacity takes. */
export function evictNaively(policy: RetentionPolicy, { pages, left, isUnderWay = false }: Spanned): void {
  const { capacity } = policy;
  if (capacity === undefined) return;
  const all = (): number => bytesOf(pages) + left.reduce((sum, { bytes }) => sum + bytes, 0);
  const low = (capacity.bytes * capacity.lowThresholdPercent) / 100;
  if (all() <= (isUnderWay ? low : (capacity.bytes * capacity.highThresholdPercent) / 100)) return;
  const goes = left.filter(({ mayGo }) => mayGo);
  for (const one of goes.toSorted(goneLongestFirst)) {
    if (all() <= low) return;
    one.take();
    one.bytes = one.heldBytes;
  }
  evictSteps(policy, { pages, isTooMuch: () => all() > low });
}

const goneLongestFirst = (a: NaiveLeft, b: NaiveLeft): number =>
  a.goneSince - b.goneSince || (a.prefix < b.prefix ? -1 : 1);

function evictSteps(
  policy: RetentionPolicy,
  { pages, isTooMuch }: { readonly pages: readonly Page[]; readonly isTooMuch: () => boolean },
): void {
  const starts = new Map(pages.map((page) => [page.run.name, aboveDefaults(page, policy)]));
  const taken = new Map<string, number>();
  const above = ({ run }: Page): number => (starts.get(run.name) ?? 0) - (taken.get(run.name) ?? 0);
  while (isTooMuch()) {
    const [donor] = pages
      .flatMap((page) => {
        const goes = page.sheet && nextToGo(page.sheet);
        return goes === undefined || page.sheet === undefined ? [] : [{ page, goes, sheet: page.sheet }];
      })
      .toSorted(
        (a, b) =>
          turnOf(a.page) - turnOf(b.page) ||
          above(b.page) - above(a.page) ||
          (a.page.run.name < b.page.run.name ? -1 : 1),
      );
    if (donor === undefined) return;
    addReason(donor.sheet, donor.goes, 'Capacity');
    const { name } = donor.page.run;
    taken.set(name, (taken.get(name) ?? 0) + donor.goes.size);
  }
}

const turnOf = ({ run }: Page): number => ['Failed', 'Succeeded', 'Running'].indexOf(run.phase);

/** The bytes that stay though neither the defaults nor structure, a pin or a floor keep them. */
function aboveDefaults({ run, policies, sheet }: Page, capacity: RetentionPolicy): number {
  if (sheet === undefined) return 0;
  const defaults = policies.find((policy) => policy.defaults !== undefined)?.defaults;
  const succeeded = run.phase === 'Succeeded';
  const byDefault = fillSheet({
    ...run.question,
    succeeded,
    rules: defaults,
    pins: [],
    floor: {},
    ceiling: {},
  });
  const ownKeep = [
    'KeepModelLast',
    'KeepNewest',
    'KeepEvery',
    'KeepWithin',
    'KeepAbandoned',
    'MinAge',
    'NoStepRules',
  ];
  return staying(sheet)
    .filter((one) => !hasOne(sheet.reasons.get(nameOf(one)) ?? [], [...locks, ...floors]))
    .filter(
      (one) =>
        capacity.capacity === undefined ||
        defaults === undefined ||
        !hasOne(byDefault.reasons.get(nameOf(one)) ?? [], ownKeep),
    )
    .reduce((sum, { size }) => sum + size, 0);
}
