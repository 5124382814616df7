// A container's log from the API server as lines, as it comes: nothing of it is kept but the line that is under way.
import { formatTime } from '../domain/time.ts';
import type { LogLine, LogQuery, ObjectName } from '../ports/cluster.ts';
import { pods } from '../ports/kinds.ts';
import { noLogYet, unlessAbsent } from './absence.ts';
import { LogLines } from './log-lines.ts';
import { collectionPath, withQuery } from './resource-path.ts';
import type { RestClient } from './rest-client.ts';

/** True for what a kubelet answers, with status 200, for a container whose log is gone. */
export const isLogGone = (text: string): boolean => text.startsWith('unable to retrieve container logs for ');

export const logPath = ({ name, namespace }: ObjectName): string =>
  `${collectionPath(pods, namespace)}/${encodeURIComponent(name)}/log`;

/** The log's lines; undefined when the container has none, or none yet. */
export async function readLog(
  client: RestClient,
  { container, tailLines, since, follow, ...pod }: LogQuery,
  signal: AbortSignal,
): Promise<AsyncIterable<LogLine> | undefined> {
  const path = withQuery(logPath(pod), {
    container,
    timestamps: true,
    tailLines,
    sinceTime: since === undefined ? undefined : formatTime(since),
    follow: follow ? true : undefined,
  });
  const body = await unlessAbsent(client.stream({ path, isQuiet: follow }, signal), noLogYet);
  return body === undefined ? undefined : linesOf(client, body, signal);
}

async function* linesOf(
  client: RestClient,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  try {
    for await (const line of cut(body)) if (!isLogGone(line.text)) yield line;
  } catch (cause) {
    throw client.asFailure(cause, signal);
  }
}

async function* cut(body: AsyncIterable<Uint8Array>): AsyncGenerator<LogLine> {
  const lines = new LogLines();
  for await (const chunk of body) yield* lines.take(chunk);
  yield* lines.end();
}
