// Starts the cluster that all e2e tests share, with the operator running and every test's namespace made, and removes it at the end.
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalCluster, type LocalCluster } from '../../../dev/cluster/local-cluster.ts';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import { makeOperator } from '../../../dev/cluster/operator-process.ts';
import { installReprise } from '../../../dev/cluster/reprise-install.ts';
import { namespaces } from './namespaces.ts';
import { patienceSeconds } from './patience.ts';
import { servePlaces } from './place-server.ts';
import { serveControl } from './server-control.ts';
import { reservedFor } from './training-run.ts';

/** An operator that was killed is followed soon. */
const shortLease = {
  REPRISE_LEASE_DURATION_SECONDS: '4',
  REPRISE_LEASE_RENEW_DEADLINE_SECONDS: '3',
  REPRISE_LEASE_RETRY_PERIOD_SECONDS: '1',
};

/** A grace and a time between sweeps: long enough to be seen, short enough to be waited for. */
const env = {
  REPRISE_RETENTION_GRACE_SECONDS: '2',
  REPRISE_SWEEP_INTERVAL_SECONDS: '15',
  ...shortLease,
};

const report = (line: string): void => console.log(`  ${line}`);

async function install(cluster: LocalCluster, project: TestProject): Promise<AsyncDisposable> {
  const { directory, controlPlane, objectServer, nodes } = cluster;
  const operator = await installReprise(cluster, { namespaces, env });
  const second = await makeOperator(directory, controlPlane, { name: 'operator-2', env });
  if (operator === undefined || second === undefined) throw new Error('src/operator.ts is missing');
  await controlPlane.kubectl.run(
    'wait',
    'cks/main',
    '--for=condition=Available',
    `--timeout=${patienceSeconds}s`,
  );
  const { endpoint, region, bucket, prefix } = objectServer;
  const accounts = { operator: objectServer.operator, agent: objectServer.agent };
  const controlSocket = join(directory, 'control.sock');
  const placesSocket = join(directory, 'places.sock');
  project.provide('stage', {
    directory,
    kubeconfig: controlPlane.kubeconfig,
    kubectl: controlPlane.kubectl.program,
    nodes: nodes.map(({ name }) => name),
    bucket: { endpoint, region, bucket, prefix, ...accounts },
    operatorLog: operator.server.logFile,
    secondOperatorUrl: second.url,
    controlSocket,
    placesSocket,
  });
  const serving = new AsyncDisposableStack();
  serving.use(await servePlaces(placesSocket));
  serving.use(
    await serveControl(controlSocket, [
      operator.server,
      second.server,
      objectServer.server,
      ...nodes.flatMap(({ kubelet, containerd }) => [kubelet, containerd]),
    ]),
  );
  return serving;
}

/** Called by vitest before the first file of the tier; the result is called after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if ((await missingForNodes()) !== undefined) {
    project.provide('stage', null);
    return async () => undefined;
  }
  const cluster = await startLocalCluster({
    nodes: [
      { name: 'gpu-1', gpus: 8 },
      { name: 'gpu-2', reservedFor },
      { name: 'gpu-3', reservedFor },
    ],
    // each by its name is more than versitygw keeps of a policy (4 KB)
    agentNamespaces: ['*'],
    report,
  });
  try {
    const control = await install(cluster, project);
    return async () => {
      await control[Symbol.asyncDispose]();
      await cluster.stop();
    };
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
}
