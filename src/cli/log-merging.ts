// Several logs as one, in the order of time. Of each log one line is held, however long the logs are.
import type { LogLine } from '../ports/cluster.ts';

export interface LogSource {
  readonly container: string;
  readonly lines: AsyncIterable<LogLine>;
}

export interface SourcedLine {
  readonly container: string;
  readonly line: LogLine;
}

interface Head {
  readonly container: string;
  readonly rest: AsyncIterator<LogLine>;
  line: LogLine;
  /** Of the line, or of the last before it that had one. */
  at: number;
}

/** The lines of all sources; a line without a time comes right after the one before it. */
export async function* mergeByTime(sources: readonly LogSource[]): AsyncGenerator<SourcedLine> {
  const heads: Head[] = [];
  try {
    for (const { container, lines } of sources) {
      const rest = lines[Symbol.asyncIterator]();
      const first = await rest.next();
      if (first.done !== true) heads.push({ container, rest, line: first.value, at: first.value.at ?? 0 });
    }
    for (let head = earliest(heads); head !== undefined; head = earliest(heads)) {
      yield { container: head.container, line: head.line };
      const next = await head.rest.next();
      if (next.done === true) heads.splice(heads.indexOf(head), 1);
      else Object.assign(head, { line: next.value, at: next.value.at ?? head.at });
    }
  } finally {
    for (const { rest } of heads) await rest.return?.();
  }
}

/** On equal times the one that stands first. */
const earliest = (heads: readonly Head[]): Head | undefined =>
  heads.reduce<Head | undefined>(
    (best, head) => (best === undefined || head.at < best.at ? head : best),
    undefined,
  );
