// A store of many runs as retention meets it: each was evicted and once rolled back, saves a Last often and a Step now and then, and
// lists its objects in the order of their keys. The same runs are told to the planner and to the naive evaluator.
import { formatRunObject } from '../../src/domain/bucket/keys.ts';
import type { Checkpoint } from '../../src/domain/bucket/inventory.ts';
import type { Capacity, RetentionPolicy } from '../../src/domain/retention/policy.ts';
import type { SavedAttempt, SavedCheckpoint } from '../../src/domain/retention/standing.ts';
import { bytesOf, type RunQuestion } from '../../src/domain/retention/run-plan.ts';
import { digestOf } from '../../src/domain/store/content-digest.ts';
import { attemptId, type AttemptTale, storeTime } from '../../test/support/bucket-facts.ts';
import type { NaiveRun } from '../../test/support/naive-store.ts';

const day = 86_400;
const saveEvery = 500;
const stepEvery = 10;
const sizeBytes = 5_394_161_632;

const rules = { keepNewest: 3, keepEvery: 50_000, minAgeSeconds: 3600 };

/** Three attempts: the second goes on from the first, the third goes back to the middle of the second. */
function talesOf(checkpoints: number, seed: number): readonly AttemptTale[] {
  const each = Math.floor(checkpoints / 3);
  const shift = (seed % 7) * 10;
  const first = told({ number: 1, from: undefined, start: shift, count: each, age: 20 * day });
  const end = shift + each * saveEvery;
  const second = told({ number: 2, from: [1, end], start: end, count: each, age: 15 * day });
  const middle = end + Math.floor(each / 2) * saveEvery;
  const rest = checkpoints - 2 * each;
  return [first, second, told({ number: 3, from: [2, middle], start: middle, count: rest, age: 3 * day })];
}

interface Told {
  readonly number: number;
  readonly from: readonly [number, number] | undefined;
  readonly start: number;
  readonly count: number;
  readonly age: number;
}

const isStep = (at: number): boolean => at % stepEvery === stepEvery - 1;

function told({ number, from, start, count, age }: Told): AttemptTale {
  const updates = Array.from({ length: count }, (_, at) => start + (at + 1) * saveEvery);
  const tale = {
    number,
    openedAge: age,
    ages: updates.map((_, at) => age - at * 60),
    sizes: updates.map(() => sizeBytes),
    last: updates.filter((_, at) => !isStep(at)),
    steps: updates.filter((_, at) => isStep(at)),
  };
  return from === undefined ? tale : { ...tale, from };
}

/** The run of this number, with so many checkpoints, as the naive evaluator is told it. */
export const naiveRunOf = (at: number, checkpoints: number): NaiveRun => ({
  name: `run-${String(at).padStart(5, '0')}`,
  team: at % 2 === 0 ? 'a' : 'b',
  phase: at % 10 === 0 ? 'Failed' : at % 3 === 0 ? 'Succeeded' : 'Running',
  question: { tales: talesOf(checkpoints, at), rules, starting: false, pins: [], wanted: [] },
});

/** The same run as the sweep holds it: no keys, only what they tell. */
export function runQuestionOf({ name, team, phase, question }: NaiveRun): RunQuestion {
  const { tales } = question;
  const origins = tales.map(({ number, from, openedAge = 0 }) => ({
    id: attemptId(number),
    openedAt: storeTime - openedAge * 1000,
    resumedFrom: typeof from === 'object' ? { attempt: attemptId(from[0]), update: from[1] } : undefined,
  }));
  return {
    runUid: name,
    markerUid: name,
    prefix: `prod/${team}/${name}/`,
    name: { namespace: team, run: name },
    labels: {},
    namespaceLabels: { team },
    phase,
    declared: rules,
    attempts: tales.map(attemptOf),
    origins,
    storeTime,
    startingAttempt: undefined,
  };
}

const keyOf = (one: SavedCheckpoint): string => formatRunObject({ is: 'Checkpoint', ...one });

function attemptOf({ number, last = [], steps = [], ages = [], sizes = [] }: AttemptTale): SavedAttempt {
  const attempt = attemptId(number);
  const order = [...last, ...steps].toSorted((a, b) => a - b);
  const place = new Map(order.map((update, at) => [update, at]));
  const saved = (kind: 'Last' | 'Step', update: number): SavedCheckpoint => {
    const at = place.get(update) ?? 0;
    return { attempt, kind, update, sizeBytes: sizes[at] ?? 0, savedAt: storeTime - (ages[at] ?? 0) * 1000 };
  };
  const all = [
    ...last.map((update) => saved('Last', update)),
    ...steps.map((update) => saved('Step', update)),
  ];
  return { id: attempt, checkpoints: all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) };
}

/** A policy that limits every run, and one with room for nine tenths of what the runs keep by their own rules. */
export const policiesFor = (keptBytes: number): readonly RetentionPolicy[] => [
  {
    name: 'limits',
    selector: {},
    mode: 'Enforce',
    floor: { keepNewest: 2 },
    ceiling: { maxCheckpoints: 200, maxBytes: 2 * 2 ** 40, maxAgeSeconds: 365 * day },
    defaults: rules,
  },
  {
    name: 'room',
    selector: {},
    mode: 'Enforce',
    capacity: { bytes: Math.ceil(keptBytes * 0.9), highThresholdPercent: 95, lowThresholdPercent: 90 },
  },
];

/** The same run, had it saved nothing but Steps and no rules for them. */
export const allSteps = (run: RunQuestion): RunQuestion => ({
  ...run,
  declared: undefined,
  attempts: run.attempts.map((saved) => ({
    ...saved,
    checkpoints: saved.checkpoints.map((one) => ({ ...one, kind: 'Step' as const })),
  })),
});

/** The same run as a listing of a bucket shows it. */
export const keyed = (run: RunQuestion): RunQuestion<Checkpoint> => ({
  ...run,
  attempts: run.attempts.map(({ id, checkpoints }) => ({
    id,
    checkpoints: checkpoints.map((one) => {
      const key = `${run.prefix}${keyOf(one)}`;
      return {
        ...one,
        key,
        etag: `"${digestOf([{ key, etag: '' }])
          .toString(16)
          .padStart(32, '0')}"`,
      };
    }),
  })),
});

/** Room for this share of all that they saved. */
export const roomFor = (runs: readonly RunQuestion[], share: number): Capacity => ({
  bytes: Math.ceil(runs.reduce((sum, run) => sum + bytesOf(run), 0) * share),
  highThresholdPercent: 95,
  lowThresholdPercent: 90,
});
