// The operator as a process of this machine: its bundle with its own ServiceAccount's kubeconfig. This file is the one place that says
// which environment the operator is given here.
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { bundle } from '../image/bundles.ts';
import { imageNames } from '../image/images.ts';
import { freePort } from '../process/free-port.ts';
import { makeServer, type Server } from '../process/server.ts';

/** Where the operator lives in a local cluster. */
export const operatorNamespace = 'reprise-system';

/** The operator; `server` starts, stops (SIGTERM) and kills (SIGKILL) it. */
export interface OperatorProcess {
  readonly server: Server;
  /** base URL of /healthz and /metrics */
  readonly url: string;
}

export interface OperatorOptions {
  /** of the process, and of the pod that it stands for; default `operator` */
  readonly name?: string;
  /** more environment */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A handle on an operator of the cluster in `directory`, not started; undefined when src/operator.ts does not exist yet. Several take
 * turns by their Lease. The ServiceAccount must exist.
 */
export async function makeOperator(
  directory: string,
  controlPlane: ControlPlane,
  { name = 'operator', env = {} }: OperatorOptions = {},
): Promise<OperatorProcess | undefined> {
  const program = bundle(directory, 'operator');
  if (program === undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = makeServer({
    name,
    command: process.execPath,
    args: [program],
    env: {
      // As the Dockerfile has them.
      NODE_OPTIONS: '--max-semi-space-size=1',
      MALLOC_ARENA_MAX: '1',
      KUBECONFIG: await controlPlane.mintServiceAccount(operatorNamespace, 'reprise-operator'),
      REPRISE_NAMESPACE: operatorNamespace,
      REPRISE_AGENT_IMAGE: imageNames.agent,
      REPRISE_AGENT_IMAGE_PULL_POLICY: 'Never',
      REPRISE_POD_NAME: name,
      REPRISE_METRICS_PORT: String(port),
      ...env,
    },
    directory,
    async ready(signal) {
      const answer = await fetch(`${url}/healthz`, { signal });
      const body = await answer.text();
      return answer.ok ? undefined : `/healthz answered ${answer.status}: ${body}`;
    },
  });
  return { server, url };
}
