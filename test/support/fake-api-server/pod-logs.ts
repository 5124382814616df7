// The logs that the fake API server answers with, all written at one moment; and the requests that follow them.
import type { ServerResponse } from 'node:http';
import { ApiError } from '../object-storage/api-error.ts';

/** When every line was written. */
const time = '2026-11-22T12:00:00.000000000Z ';

interface Follower {
  readonly key: string;
  readonly response: ServerResponse;
}

export class PodLogs {
  readonly #texts = new Map<string, string>();
  readonly #followers = new Set<Follower>();

  set(pod: string, container: string, text: string): void {
    this.#texts.set(`${pod}/${container}`, text);
  }

  /** Writes more of a log, to whoever follows it too. */
  append(pod: string, container: string, text: string): void {
    const key = `${pod}/${container}`;
    const before = this.#texts.get(key) ?? '';
    this.#texts.set(key, before + text);
    for (const follower of this.#followers)
      if (follower.key === key) follower.response.write(timed(before + text).slice(timed(before).length));
  }

  /** The container has ended. */
  end(pod: string, container: string): void {
    for (const follower of this.#followers)
      if (follower.key === `${pod}/${container}`) follower.response.end();
  }

  /** What a request is answered; undefined when the response is taken over, to go on. */
  answer(pod: string, query: URLSearchParams, response: ServerResponse): string | undefined {
    const key = `${pod}/${query.get('container') ?? ''}`;
    const text = this.#texts.get(key);
    if (text === undefined) throw new ApiError('NotFound', `pods "${pod}" not found`);
    const tail = Number(query.get('tailLines') ?? Infinity);
    const lines = text.split('\n').slice(-(tail + (text.endsWith('\n') ? 1 : 0)));
    const end = query.get('timestamps') === 'true' ? timed(lines.join('\n')) : lines.join('\n');
    if (query.get('follow') !== 'true') return end.slice(0, Number(query.get('limitBytes') ?? Infinity));
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(end);
    const follower = { key, response };
    this.#followers.add(follower);
    response.once('close', () => this.#followers.delete(follower));
    return undefined;
  }
}

const timed = (text: string): string =>
  text
    .split('\n')
    .map((line, index, { length }) => (line === '' && index === length - 1 ? '' : time + line))
    .join('\n');
