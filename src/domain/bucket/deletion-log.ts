// How long the logs of deletions are kept, and how much one of them tells.
import { formatTime } from '../time.ts';
import type { Bytes, Instant } from '../units.ts';

const keptDays = 90;
const dayMilliseconds = 86_400_000;

/** So many deletions of a run are told one by one a day; of more only how many and how much. */
export const mostTold = 1000;

/** The day of an instant, in UTC. */
export const dayOf = (at: Instant): string => formatTime(at).slice(0, 10);

/** The first day whose log is kept. */
export const oldestKeptDay = (now: Instant): string => dayOf(now - keptDays * dayMilliseconds);

interface Entry {
  readonly key: string;
  readonly sizeBytes: Bytes;
}

interface Log<E extends Entry> {
  readonly deletions: readonly E[];
  readonly more: { readonly count: number; readonly bytes: Bytes };
}

/** The log with these added; one that is told already is told once, as it came last. */
export function withDeletions<E extends Entry>(log: Log<E>, added: readonly E[]): Log<E> {
  const names = new Set(added.map(({ key }) => key));
  const all = [...log.deletions.filter(({ key }) => !names.has(key)), ...added];
  const rest = all.slice(mostTold);
  const more = {
    count: log.more.count + rest.length,
    bytes: rest.reduce((sum, { sizeBytes }) => sum + sizeBytes, log.more.bytes),
  };
  return { deletions: all.slice(0, mostTold), more };
}

/** The log without these, which stayed after all. */
export const withoutDeletions = <E extends Entry>(log: Log<E>, stayed: ReadonlySet<string>): Log<E> => ({
  ...log,
  deletions: log.deletions.filter(({ key }) => !stayed.has(key)),
});
