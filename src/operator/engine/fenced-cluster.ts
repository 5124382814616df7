// The cluster for as long as this operator leads: a write is not even sent once the tenure is over. It reads at any time.
import type { Cluster } from '../../ports/cluster.ts';
import type { Tenure } from './tenure.ts';

/** The same cluster; its writes reject with NotLeadingError once the tenure is over. */
export function fencedCluster(cluster: Cluster, tenure: Pick<Tenure, 'assertLeading'>): Cluster {
  return {
    get: async (resource, name, signal) => cluster.get(resource, name, signal),
    list: async (resource, scope, signal) => cluster.list(resource, scope, signal),
    watch: (resource, options, signal) => cluster.watch(resource, options, signal),
    logTail: async (tail, signal) => cluster.logTail(tail, signal),
    logLines: (lines, signal) => cluster.logLines(lines, signal),
    logHead: async (head, signal) => cluster.logHead(head, signal),
    async create(resource, manifest, signal) {
      tenure.assertLeading();
      return cluster.create(resource, manifest, signal);
    },
    async applyStatus(resource, patch, signal) {
      tenure.assertLeading();
      return cluster.applyStatus(resource, patch, signal);
    },
    async claim(resource, fields, signal) {
      tenure.assertLeading();
      return cluster.claim(resource, fields, signal);
    },
    async patch(resource, patch, signal) {
      tenure.assertLeading();
      return cluster.patch(resource, patch, signal);
    },
    async delete(resource, deletion, signal) {
      tenure.assertLeading();
      return cluster.delete(resource, deletion, signal);
    },
  };
}
