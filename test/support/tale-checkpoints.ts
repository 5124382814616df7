// The checkpoints of a told bucket and how they stand to each other, found with pen and paper: no code of the planner is used.
import type { AttemptTale } from './bucket-facts.ts';

/** One checkpoint of a tale. */
export interface TaleCheckpoint {
  readonly attempt: number;
  readonly kind: 'Last' | 'Step';
  readonly update: number;
  readonly age: number;
  readonly size: number;
}

export const nameOf = ({ attempt, kind, update }: Omit<TaleCheckpoint, 'age' | 'size'>): string =>
  `${attempt}:${kind}@${update}`;

export const same = (a: TaleCheckpoint, b: TaleCheckpoint): boolean => nameOf(a) === nameOf(b);

export function checkpointsOf(tale: AttemptTale): readonly TaleCheckpoint[] {
  const { number, last = [], steps = [], age = 10_000, ages = [], sizes = [], saved } = tale;
  const order = [...last, ...steps].toSorted((a, b) => a - b);
  const of = (kind: 'Last' | 'Step', update: number): TaleCheckpoint => {
    const at = order.indexOf(update);
    const facts = saved?.get(`${kind}@${update}`) ?? { age: ages[at] ?? age, size: sizes[at] ?? 100 };
    return { attempt: number, kind, update, ...facts };
  };
  return [...last.map((update) => of('Last', update)), ...steps.map((update) => of('Step', update))];
}

export const allOf = (tales: readonly AttemptTale[]): readonly TaleCheckpoint[] =>
  tales.flatMap(checkpointsOf);

const openedOf = (tales: readonly AttemptTale[]): readonly AttemptTale[] =>
  tales.filter(({ from }) => from !== 'unopened').toSorted((a, b) => a.number - b.number);

/** The checkpoints the next attempt could start from, the best first. */
export const lineageOf = (tales: readonly AttemptTale[]): readonly TaleCheckpoint[] =>
  lineageFrom(tales, openedOf(tales).at(-1)?.number ?? 0);

function lineageFrom(tales: readonly AttemptTale[], newest: number): readonly TaleCheckpoint[] {
  const chain: TaleCheckpoint[] = [];
  let number = newest;
  let limit = Infinity;
  while (number > 0) {
    const tale = openedOf(tales).find((one) => one.number === number);
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

/** Seconds since it was left behind: since the first attempt after the last whose lineage still had it. */
export function leftSince(one: TaleCheckpoint, tales: readonly AttemptTale[]): number | undefined {
  let since: number | undefined;
  let had = false;
  for (const { number, age = 10_000, openedAge = age } of openedOf(tales)) {
    const has = lineageFrom(tales, number).some((other) => same(one, other));
    if (had && !has) since = openedAge;
    had = has;
  }
  return since === undefined ? undefined : Math.min(since, one.age);
}
