// Asks a pod's sync agent how it is doing. Whatever goes wrong, the answer is undefined: nothing may depend on it.
import { Agent, type Dispatcher, request } from 'undici';
import type { AgentStatusReader } from '../ports/agent-status.ts';
import { type SyncStatus, syncStatus, syncStatusPort } from '../wire/sync-status.ts';

const maxBytes = 64 * 1024;

export interface StatusClientOptions {
  readonly port?: number;
  readonly timeoutMilliseconds?: number;
}

/** A reader that never rejects: too slow, too long, not JSON or a newer layout all read as undefined. */
export function makeStatusReader({
  port = syncStatusPort,
  timeoutMilliseconds = 1_500,
}: StatusClientOptions = {}): AgentStatusReader {
  const dispatcher = new Agent({ pipelining: 0, maxHeaderSize: 8192, maxResponseSize: maxBytes });
  return {
    read: async (podIp, signal) => {
      const origin = podIp.includes(':') ? `http://[${podIp}]:${port}` : `http://${podIp}:${port}`;
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMilliseconds)]);
      try {
        return await readStatus(`${origin}/status`, dispatcher, deadline);
      } catch {
        return undefined;
      }
    },
  };
}

async function readStatus(
  url: string,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<SyncStatus | undefined> {
  const { statusCode, body } = await request(url, { dispatcher, signal });
  // The size limit of the dispatcher ends a body that is too long with an error, also here.
  const text = await body.text();
  return statusCode === 200 ? syncStatus.parse(text, url) : undefined;
}
