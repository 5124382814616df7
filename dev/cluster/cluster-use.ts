// How a person goes on with a local cluster that stays up.
import { dirname, relative } from 'node:path';
import type { ClusterState } from './cluster-state.ts';

/** Prints what runs where and the commands to use it. */
export function printUse(directory: string, state: ClusterState): void {
  const without = 'none: pods stay Pending';
  console.log(`
The local cluster is up.
  nodes      ${state.nodes.length === 0 ? without : state.nodes.join(', ')}
  S3         ${state.endpoint}, bucket ${state.bucket}, prefix ${state.prefix}
  operator   ${state.operatorUrl === null ? 'not started: src/operator.ts does not exist' : `${state.operatorUrl}/metrics`}
  logs       ${relative('.', directory)}/logs

To use it:
  export KUBECONFIG=${state.kubeconfig} PATH=${dirname(state.kubectl)}:$PATH
  kubectl get nodes
  kubectl apply -f examples/quickstart.yaml && kubectl get ttsr -n voice -w
  npm run -s bucket ls           # what is in the bucket
  make cluster-down              # stop it and remove everything`);
}
