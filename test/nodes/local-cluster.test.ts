// Real nodes on this machine: both Ready with a GPU each, pods run and reach the S3 server, a node can be lost and come back, and
// nothing of them is left after a stop or after the death of whoever started them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalCluster, type LocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { imageNames } from '../../dev/image/images.ts';
import { slotOf, takenSlots, type Slot } from '../../dev/node/slot.ts';
import { markedProcesses } from '../../dev/process/marked-process.ts';
import { waitUntil } from '../../dev/progress/polling.ts';
import { describeWith } from '../support/requirement.ts';

const names = ['gpu-1', 'gpu-2'] as const;

/** Bounds against hanging for ever, never expectations. */
const patienceSeconds = 240;
const patience = `--timeout=${patienceSeconds}s`;

interface Holding {
  /** of the cluster */
  readonly directory: string;
  readonly slot: Slot;
}

function holdingOf(directory: string): Holding {
  const slot = slotOf(directory);
  if (slot === undefined) throw new Error(`the cluster in ${directory} holds no slot`);
  return { directory, slot };
}

/** What of this cluster is on the machine; other clusters may run beside it. */
function traces({ directory, slot }: Holding): Readonly<Record<string, readonly (string | number)[]>> {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const links = readdirSync('/sys/class/net');
  const cgroups = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' });
  return {
    processes: markedProcesses(directory),
    mounts: mounts.filter((line) => line.includes(`${slot.directory}/`)),
    links: links.filter((name) => name.startsWith(`reprise${slot.number}n`)),
    cgroups: cgroups.filter((path) => basename(path).startsWith(`reprise-${slot.number}-`)),
    directories: [directory, slot.directory].filter((path) => existsSync(path)),
  };
}

const noTraces = { processes: [], mounts: [], links: [], cgroups: [], directories: [] };

const missingTraces = (holding: Holding): readonly string[] =>
  Object.entries(traces(holding)).flatMap(([kind, found]) => (found.length === 0 ? [kind] : []));

function pod(name: string, node: string, script: string): object {
  const container = {
    name: 'main',
    image: imageNames.trainer,
    imagePullPolicy: 'Never',
    command: ['python3', '-c', script],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      nodeSelector: { 'kubernetes.io/hostname': node, 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
      tolerations: [
        { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 2,
        },
      ],
      containers: [{ ...container, resources: { limits: { 'nvidia.com/gpu': '1' } } }],
    },
  };
}

describeWith(await missingForNodes(), 'the local nodes', () => {
  let cluster: LocalCluster;
  const kubectl = (...args: readonly string[]): Promise<string> => cluster.controlPlane.kubectl.run(...args);
  const nodeStatus = (node: string): Promise<string> =>
    kubectl('get', 'node', node, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');
  const untilNode = (node: string, want: string): Promise<void> =>
    waitUntil({
      otherwise: `node ${node} was not Ready=${want}`,
      withinSeconds: patienceSeconds,
      everyMillis: 500,
      check: async () => {
        const status = await nodeStatus(node);
        return status === want ? undefined : `Ready=${status}`;
      },
    });

  beforeAll(async () => {
    cluster = await startLocalCluster({ nodes: names.map((name) => ({ name })), report: console.log });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('both are Ready and offer one GPU, which only pods that tolerate it get', async () => {
    const columns =
      'jsonpath={range .items[*]}{.metadata.name} {.status.allocatable.nvidia\\.com/gpu} {.spec.taints[0].key}{"\\n"}{end}';
    expect(await kubectl('get', 'nodes', '-o', columns)).toBe(
      'gpu-1 1 nvidia.com/gpu\ngpu-2 1 nvidia.com/gpu\n',
    );
  });

  test.each(names)('a pod on %s reaches the S3 server, and its log is readable', async (node) => {
    const script = `import urllib.request as u; print(u.urlopen("${cluster.objectServer.endpoint}/health").status)`;
    await cluster.controlPlane.kubectl.apply(pod(`reach-${node}`, node, script));
    await kubectl('wait', `pod/reach-${node}`, '--for=jsonpath={.status.phase}=Succeeded', patience);
    expect(await kubectl('logs', `reach-${node}`)).toBe('200\n');
  });

  test('a node whose kubelet says nothing is lost, its pod is evicted, and both recover', async () => {
    await cluster.controlPlane.kubectl.apply(pod('long', 'gpu-2', 'import time; time.sleep(1000)'));
    await kubectl('wait', 'pod/long', '--for=condition=Ready', patience);
    const [, second] = cluster.nodes;
    second?.kubelet.signal('SIGSTOP');
    await untilNode('gpu-2', 'Unknown');
    await kubectl('wait', 'pod/long', '--for=condition=DisruptionTarget', patience);
    second?.kubelet.signal('SIGCONT');
    await untilNode('gpu-2', 'True');
    await kubectl('wait', 'pod/long', '--for=delete', patience);
    expect(await nodeStatus('gpu-1')).toBe('True');
  });

  test('a second cluster beside it has other networks, and goes with the process that started it', async () => {
    const module = JSON.stringify(import.meta.resolve('../../dev/cluster/local-cluster.ts'));
    const program = `
      const { startLocalCluster } = await import(${module});
      const cluster = await startLocalCluster({ nodes: [{ name: 'gpu-1' }] });
      await cluster.controlPlane.kubectl.apply(${JSON.stringify(pod('orphan', 'gpu-1', 'import time; time.sleep(1000)'))});
      await cluster.controlPlane.kubectl.run('wait', 'pod/orphan', '--for=condition=Ready', ${JSON.stringify(patience)});
      console.log(JSON.stringify([cluster.directory, cluster.nodes[0].address]));
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' });
    const [directory, address] = JSON.parse(String(await once(parent.stdout, 'data'))) as [string, string];
    expect(cluster.nodes.map((node) => node.address)).not.toContain(address);
    const holding = holdingOf(directory);
    expect(missingTraces(holding)).toEqual([]);
    parent.kill('SIGKILL');
    await waitUntil({
      otherwise: 'the cluster of a killed parent was not removed',
      withinSeconds: patienceSeconds,
      check: async () => {
        const left = JSON.stringify(traces(holding));
        return left === JSON.stringify(noTraces) ? undefined : left;
      },
    });
    expect(slotOf(cluster.directory)).toBeDefined();
    expect(existsSync(join(cluster.directory, 'kubeconfig'))).toBe(true);
  });

  test('leaves nothing on the machine when it stops, with a pod running', async () => {
    await cluster.controlPlane.kubectl.apply(pod('running', 'gpu-1', 'import time; time.sleep(1000)'));
    await kubectl('wait', 'pod/running', '--for=condition=Ready', patience);
    const holding = holdingOf(cluster.directory);
    expect(missingTraces(holding)).toEqual([]);
    await cluster.stop();
    expect(traces(holding)).toEqual(noTraces);
    // The last cluster on the machine takes away what all of them share.
    const isShared = existsSync(dirname(holding.slot.directory));
    expect(isShared).toBe(takenSlots().length > 0);
  });
});
