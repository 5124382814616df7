// The body of a watch as events: lines cut at byte level (a character may be split between chunks), each line one JSON event.
import { isJson } from './api-object.ts';

/** Bytes a line may have; etcd holds no object near it, so a longer one is garbage. */
const longestLine = 16 * 1024 * 1024;
const newline = 0x0a;

/** A watch stream that says something no API server says. */
export class UnreadableWatchError extends Error {
  override readonly name = 'UnreadableWatchError';
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: unknown }
  | { readonly type: 'ERROR'; readonly object: unknown };

const eventTypes = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;

/** Whole lines of a byte stream, without their ends; an unfinished last line is dropped. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let kept = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      kept = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    kept += chunk.length - start;
    if (kept > longestLine) throw new UnreadableWatchError(`a line of more than ${longestLine} bytes`);
  }
}

/** One line; throws {@link UnreadableWatchError} when it is not an event. */
export function parseWatchEvent(line: Buffer): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw new UnreadableWatchError(`not JSON: ${quote(line)}`, { cause });
  }
  const type = isJson(value) ? eventTypes.find((known) => known === value['type']) : undefined;
  if (type === undefined || !isJson(value)) throw new UnreadableWatchError(`not an event: ${quote(line)}`);
  return { type, object: value['object'] };
}

const quote = (line: Buffer): string => JSON.stringify(line.subarray(0, 120).toString('latin1'));
