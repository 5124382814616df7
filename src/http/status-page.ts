// What the agent's HTTP port answers, apart from the socket: three paths to look at, and the one where kubelet says that it ends the pod.
import { formatAttemptId } from '../domain/bucket/keys.ts';
import type { AgentPages } from '../ports/agent-status.ts';
import { type SyncStatus, syncStatus } from '../wire/sync-status.ts';

export interface Page {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

const text = (code: number, body: string): Page => ({ code, contentType: 'text/plain; charset=utf-8', body });

/** The answer to a request. */
export function pageFor(method: string, path: string, { current, ...ending }: AgentPages): Page {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is answered here\n');
  if (method === 'GET' && path === ending.podEndingPath) {
    ending.onPodEnding();
    return text(200, 'noted\n');
  }
  switch (path) {
    case '/healthz':
      return text(200, 'ok\n');
    case '/status':
      return { code: 200, contentType: 'application/json', body: syncStatus.format(current()) };
    case '/metrics':
      return { code: 200, contentType: 'text/plain; version=0.0.4', body: formatMetrics(current()) };
    default:
      return text(404, 'there are /status, /metrics and /healthz\n');
  }
}

interface Gauge {
  readonly name: string;
  readonly help: string;
  /** Left out while it is not known. */
  readonly value: number | null;
}

function formatMetrics(status: SyncStatus): string {
  const labels = `{attempt="${formatAttemptId(status.attempt)}"}`;
  const lines = gaugesOf(status).flatMap(({ name, help, value }) =>
    value === null ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name}${labels} ${value}`],
  );
  return `${lines.join('\n')}\n`;
}

const gaugesOf = (status: SyncStatus): readonly Gauge[] => [
  {
    name: 'reprise_sync_update_seen',
    help: 'Newest update in a finished file on the disk.',
    value: status.lastUpdateSeen,
  },
  {
    name: 'reprise_sync_update_saved',
    help: 'Newest update this attempt has in the bucket.',
    value: status.lastUpdateSaved,
  },
  {
    name: 'reprise_sync_uploads',
    help: 'Objects this attempt has put into the bucket.',
    value: status.uploads,
  },
  {
    name: 'reprise_sync_uploading_bytes',
    help: 'Bytes sent of the upload under way.',
    value: status.uploading === null ? 0 : status.uploading.sentBytes,
  },
  { name: 'reprise_sync_problems', help: 'Problems a person should know.', value: status.problems.length },
];
