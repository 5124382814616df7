// How the operator looks at a running agent: display only, never the basis of a decision.
import type { SyncStatus } from '../wire/sync-status.ts';

export interface AgentStatusReader {
  /** What the pod's sync agent says now; undefined when it cannot be reached or understood within a second or two. */
  read(podIp: string, signal: AbortSignal): Promise<SyncStatus | undefined>;
}

export interface AgentStatusServer {
  /** Serves what `current` returns at /status until disposed. */
  serve(current: () => SyncStatus): Promise<AsyncDisposable>;
}
