// The logs of a fake cluster's containers: the text as it stands, when each of its lines was begun, and who follows it.
import { untilAborted } from '../../src/kube/abortable.ts';
import { LogLines } from '../../src/kube/log-lines.ts';
import {
  cacheKey,
  type LogHead,
  type LogLine,
  type LogQuery,
  type LogTail,
  type ObjectName,
} from '../../src/ports/cluster.ts';

interface PodLog {
  readonly text: string;
  /** Of each line, when it was begun. */
  readonly times: readonly number[];
  readonly isOver: boolean;
  /** Settles at the next change. */
  readonly changed: PromiseWithResolvers<void>;
}

const keyOf = (pod: ObjectName, container: string): string => `${cacheKey(pod)}/${container}`;

/** As kubelet writes it (RFC 3339 with nanoseconds). */
const formatTime = (at: number): string => new Date(at).toISOString().replace('Z', '000000Z');

export class FakePodLogs {
  readonly #now: () => number;
  readonly #logs = new Map<string, PodLog>();

  constructor(now: () => number) {
    this.#now = now;
  }

  set(pod: ObjectName, container: string, text: string | undefined): void {
    const key = keyOf(pod, container);
    const before = this.#logs.get(key);
    if (text === undefined) this.#logs.delete(key);
    else {
      const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
      const times = Array.from({ length: lines }, (_, index) => before?.times[index] ?? this.#now());
      this.#logs.set(key, { text, times, isOver: false, changed: Promise.withResolvers() });
    }
    before?.changed.resolve();
  }

  end(pod: ObjectName, container: string): void {
    const key = keyOf(pod, container);
    const log = this.#logs.get(key);
    if (log !== undefined) this.#logs.set(key, { ...log, isOver: true });
    log?.changed.resolve();
  }

  tail(tail: LogTail): string | undefined {
    const text = this.#logs.get(keyOf(tail, tail.container))?.text;
    return text === undefined ? undefined : lastLines(text, tail.lines);
  }

  head(head: LogHead): string | undefined {
    const log = this.#logs.get(keyOf(head, head.container));
    return log === undefined ? undefined : timed(log).slice(0, head.bytes);
  }

  lines(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> | undefined {
    return this.#logs.has(keyOf(query, query.container)) ? this.#follow(query, signal) : undefined;
  }

  async *#follow(query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    const key = keyOf(query, query.container);
    const lines = new LogLines();
    let sent = this.#start(query);
    for (;;) {
      signal.throwIfAborted();
      const log = this.#logs.get(key);
      if (log === undefined) break;
      const text = timed(log);
      yield* lines.take(new TextEncoder().encode(text.slice(sent)));
      sent = text.length;
      if (!query.follow || log.isOver) break;
      if (this.#logs.get(key) === log) await untilAborted(log.changed.promise, signal);
    }
    yield* lines.end();
  }

  /** Where in the timed text the answer begins. */
  #start({ tailLines, since, ...query }: LogQuery): number {
    const log = this.#logs.get(keyOf(query, query.container));
    if (log === undefined) return 0;
    const text = timed(log);
    const from = log.times.findIndex((at) => since === undefined || at >= Math.floor(since / 1000) * 1000);
    const recent = from < 0 ? '' : text.split('\n').slice(from).join('\n');
    return text.length - (tailLines === undefined ? recent : lastLines(recent, tailLines)).length;
  }
}

const lastLines = (text: string, count: number): string =>
  text
    .split('\n')
    .slice(-(count + (text.endsWith('\n') ? 1 : 0)))
    .join('\n');

/** Each line after its time; the end of the text as it is. */
const timed = ({ text, times }: PodLog): string =>
  text
    .split('\n')
    .map((line, index) => (index < times.length ? `${formatTime(times[index] ?? 0)} ${line}` : line))
    .join('\n');
