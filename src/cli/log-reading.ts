// What the containers of a pod have said until now, in the order of time.
import type { Cluster } from '../ports/cluster.ts';
import type { Pod } from '../ports/kube-objects.ts';
import { type LogSource, mergeByTime } from './log-merging.ts';
import type { LogPrinter } from './log-printer.ts';

/** A pod whose containers are read. */
export interface LogReading {
  readonly cluster: Cluster;
  readonly pod: Pod;
  readonly containers: readonly string[];
  /** Of each container. */
  readonly tailLines: number | undefined;
  readonly printer: LogPrinter;
}

/** Everything that was written until now. */
export async function showSoFar(
  { cluster, pod, containers: names, tailLines, printer }: LogReading,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const sources: LogSource[] = [];
  for (const container of names) {
    const query = {
      name,
      namespace,
      container,
      follow: false,
      ...(tailLines === undefined ? {} : { tailLines }),
    };
    const lines = await cluster.logLines(query, signal);
    if (lines !== undefined) sources.push({ container, lines });
  }
  for await (const { container, line } of mergeByTime(sources)) printer.print(container, line);
}
