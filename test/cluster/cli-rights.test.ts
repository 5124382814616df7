// What the CLI tells people of few rights, in the words of a real API server: without Reprise, with the roles of a cluster, and with those
// that examples/user-roles.yaml adds to them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { waitUntil } from '../../dev/progress/polling.ts';
import { connectCluster } from '../../src/kube/rest-cluster.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { silentLog } from '../../src/ops/silent-log.ts';
import { smallestRun, smallestStore } from '../support/api-objects.ts';
import { CliBench, type Ended } from '../support/cli-bench.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds, type ManifestClient, named } from '../support/manifest-client.ts';
import { describeWith } from '../support/requirement.ts';

const run = 'xiaoyi-zh';

interface Config {
  readonly users: { user: object }[];
}

async function cliAs(kubeconfigPath: string, ...args: readonly string[]): Promise<Ended> {
  const bench = new CliBench();
  bench.ambient = 'NoCredentials';
  bench.connect = () =>
    connectCluster({ kubeconfigPath, clock: systemClock, log: silentLog, fieldManager: 'kubectl-reprise' });
  return bench.run(...args, '-n', 'voice');
}

/** What the command says once it is as wanted: a role takes a moment to be known. */
async function once(isWanted: (ended: Ended) => boolean, say: () => Promise<Ended>): Promise<Ended> {
  let last = await say();
  await waitUntil({
    otherwise: 'the role does not come to be known',
    withinSeconds: 300,
    check: async () => {
      last = await say();
      return isWanted(last) ? undefined : last.err;
    },
  });
  return last;
}

const error = (words: string): Ended => ({ code: 1, out: '', err: `error: ${words}\n` });

describeWith(await missingForControlPlane(), 'a user of few rights', () => {
  let local: LocalCluster;
  let api: ManifestClient;
  let withoutCrds: Ended;

  beforeAll(async () => {
    local = await startLocalCluster();
    withoutCrds = await cliAs(local.controlPlane.kubeconfig, 'status', run);
    api = await installCrds(local.controlPlane.kubectl);
    await api.create(named(smallestStore, 'main', { s3: { bucket: 'ckpts', prefix: 'prod' } }));
    await api.create(named(smallestRun, run, { store: 'main' }));
    await api.patchStatus(`ttsr/${run}`, { status: { ...fullStatus, store: 'main' } });
  });

  afterAll(() => local.stop());

  /** The kubeconfig of a ServiceAccount of this name, or of a token that nobody gave. */
  async function kubeconfigOf(name: string, token?: string): Promise<string> {
    const config = (await api.kubectl.json('config', 'view', '--raw')) as Config;
    const known = token ?? (await api.kubectl.run('create', 'token', '-n', 'voice', name)).trim();
    const users = config.users.map((user) => ({ ...user, user: { token: known } }));
    const path = join(local.directory, `${name}.kubeconfig`);
    writeFileSync(path, JSON.stringify({ ...config, users }), { mode: 0o600 });
    return path;
  }

  /** The kubeconfig of a ServiceAccount that has this role in namespace voice. */
  async function accountWith(role: string, account = `of-${role}`): Promise<string> {
    await api.kubectl.run('create', 'serviceaccount', '-n', 'voice', account);
    const roleOf = [`--clusterrole=${role}`, `--serviceaccount=voice:${account}`];
    await api.kubectl.run('create', 'rolebinding', '-n', 'voice', account, ...roleOf);
    return kubeconfigOf(account);
  }

  test('is told when Reprise is not there', () => {
    expect(withoutCrds.err).toMatch(/^error: the API server knows no such kind .*Reprise is not installed/);
  });

  test('is told when nobody knows the credentials', async () => {
    const { err } = await cliAs(await kubeconfigOf('stranger', 'nobody-gave-this'), 'status', run);
    expect(err).toMatch(/^error: the API server does not know who you are \(Unauthorized\): /);
  });

  test('views with the role of the cluster once the examples add to it, and is told what else it takes', async () => {
    const kubeconfig = await accountWith('view');
    const who = 'User "system:serviceaccount:voice:of-view" cannot';
    const inVoice = 'in namespace "voice": ask for a Role in that namespace that allows it';
    expect(await cliAs(kubeconfig, 'status', run)).toEqual(
      error(`${who} get ttstrainingruns.reprise.dev "${run}" ${inVoice}`),
    );
    await api.kubectl.applyFile(join(import.meta.dirname, '../../examples/user-roles.yaml'));
    const table = await once(
      ({ code }) => code === 0,
      () => cliAs(kubeconfig, 'status'),
    );
    expect(table.out).toContain(run);
    const { code, out } = await cliAs(kubeconfig, 'status', run);
    expect(code).toBe(0);
    expect(out).toContain(
      `not seen  get checkpointstores.reprise.dev: ${who} get checkpointstores.reprise.dev "main"`,
    );
    expect(await cliAs(kubeconfig, 'suspend', run)).toEqual(
      error(`${who} patch ttstrainingruns.reprise.dev "${run}" ${inVoice}`),
    );
    expect(await cliAs(kubeconfig, 'rollback', run, '--to', '48')).toEqual(
      error(
        `without its CheckpointStore nobody can tell where the checkpoints of voice/${run} are: ${who} get checkpointstores.reprise.dev "main" at the cluster scope: ask for a ClusterRole that allows it`,
      ),
    );
  });

  test('edits with the role of the cluster', async () => {
    const kubeconfig = await accountWith('edit');
    const { err } = await once(
      ({ code }) => code === 0,
      () => cliAs(kubeconfig, 'suspend', run),
    );
    expect(err).toBe('');
  });

  test('finds the store with the role of the examples', async () => {
    const kubeconfig = await accountWith('edit', 'finder');
    const roleOf = ['--clusterrole=reprise-cluster-view', '--serviceaccount=voice:finder'];
    await api.kubectl.run('create', 'clusterrolebinding', 'reprise-users', ...roleOf);
    const { err } = await once(
      (ended) => !ended.err.includes('without its CheckpointStore'),
      () => cliAs(kubeconfig, 'rollback', run, '--to', '48'),
    );
    expect(err).toMatch(/^error: no credentials open the bucket "ckpts" of the store "main"\./);
  });
});
