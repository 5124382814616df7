// The places of the checkout that the local cluster uses.
import { join } from 'node:path';

/** The root of the checkout. */
export const checkout = join(import.meta.dirname, '..');

/** Where `make cluster` keeps its cluster: .local/cluster, or REPRISE_CLUSTER_DIR. */
export function workspaceDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['REPRISE_CLUSTER_DIR'];
  return chosen === undefined || chosen === '' ? join(checkout, '.local', 'cluster') : chosen;
}
