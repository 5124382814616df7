// How the operator looks at a running agent: display only, never the basis of a decision.
import type { SyncStatus } from '../wire/sync-status.ts';

export interface AgentStatusReader {
  /** What the pod's sync agent says now; undefined when it cannot be reached or understood within a second or two. */
  read(podIp: string, signal: AbortSignal): Promise<SyncStatus | undefined>;
}

/** What a sync agent's port has to do with the agent. */
export interface AgentPages {
  /** What /status tells. */
  readonly current: () => SyncStatus;
  /** Where kubelet says that it has begun to end the pod, which it does before it tells the trainer. */
  readonly podEndingPath: string;
  readonly onPodEnding: () => void;
}

export interface AgentStatusServer {
  /** Answers on the agent's port until disposed. */
  serve(pages: AgentPages): Promise<AsyncDisposable>;
}
