// Every watch of the operator, and whether the API server is still heard.
import { labels } from '../api/names.ts';
import type { Cache, Cluster } from '../ports/cluster.ts';
import { jobs, namespaces, nodes, pods, policies, runs, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { keptOfNode } from './run/node-states.ts';
import type { World } from './run/world.ts';

/** A kind of which nothing was heard for so long is not watched any more. */
export const deafAfterMilliseconds = 180_000;

export type Watched = Pick<World, 'runs' | 'jobs' | 'pods' | 'nodes' | 'namespaces'> & {
  readonly stores: Cache<KubeObject>;
  readonly policies: Cache<KubeObject>;
};

/** Opens every watch. Of Jobs and pods only those of runs are kept. */
export function watchAll(cluster: Cluster, signal: AbortSignal): Watched {
  const ofRuns = { labelSelector: labels.runUid, indexLabels: [labels.run] };
  return {
    runs: cluster.watch(runs, {}, signal),
    jobs: cluster.watch(jobs, ofRuns, signal),
    pods: cluster.watch(pods, ofRuns, signal),
    nodes: cluster.watch(nodes, { keep: keptOfNode }, signal),
    namespaces: cluster.watch(namespaces, {}, signal),
    stores: cluster.watch(stores, {}, signal),
    policies: cluster.watch(policies, {}, signal),
  };
}

/** Of which kinds nothing is heard any more: the server is silent, or there is no right to watch them. */
export function deafnessOf(watched: Watched): string | undefined {
  const deaf = Object.entries(watched).filter(([, cache]) => cache.silence() > deafAfterMilliseconds);
  const names = deaf.map(([name]) => name).join(', ');
  return names === ''
    ? undefined
    : `nothing was heard of ${names} from the API server for ${deafAfterMilliseconds / 1000} s: the log says why`;
}
