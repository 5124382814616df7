// The REST adapter before a real kube-apiserver: the contract, and the ways a real one goes away and comes back.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { writeKubeconfig } from '../../dev/control-plane/kubeconfig.ts';
import { makePki } from '../../dev/control-plane/pki.ts';
import { type ConnectedCluster, connectCluster } from '../../src/kube/rest-cluster.ts';
import { systemClock } from '../../src/ops/clock.ts';
import type { Cache, Cluster } from '../../src/ports/cluster.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import {
  type ClusterUnderTest,
  configMap,
  configMaps,
  describeReadsAndWrites,
  never,
  newName,
} from '../contract/cluster-calls.contract.ts';
import { describeDeletes } from '../contract/cluster-deletes.contract.ts';
import { describeClaims } from '../contract/cluster-claim.contract.ts';
import { describeStatus } from '../contract/cluster-status.contract.ts';
import { describeWatch } from '../contract/cluster-watch.contract.ts';
import { describeLease } from '../contract/lease.contract.ts';
import { installCrds } from '../support/manifest-client.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { describeWith } from '../support/requirement.ts';

/** Short watches, so that a frozen server is noticed within the test's patience; and more grace than a busy one is late. */
const watchTimings = { shortest: 4000, longest: 5000, grace: 6000 };
const longestSilence = watchTimings.longest + watchTimings.grace;

const sizeOf = (cache: Cache<KubeObject>): number => [...cache.values()].length;

async function waitForSize(cache: Cache<KubeObject>, size: number): Promise<void> {
  while (sizeOf(cache) !== size) await systemClock.sleep(20, never);
}

/** Tries until the API server takes it: it may still be coming back. */
async function createSoon(cluster: Cluster, set: string): Promise<void> {
  const manifest = configMap('voice', newName(), { set });
  for (;;) {
    try {
      await cluster.create(configMaps, manifest, never);
      return;
    } catch {
      await systemClock.sleep(200, never);
    }
  }
}

describeWith(await missingForControlPlane(), 'the REST adapter before a real API server', () => {
  let local: LocalCluster;
  let cluster: ConnectedCluster;
  const log = new RecordedLog();

  beforeAll(async () => {
    local = await startLocalCluster();
    await installCrds(local.controlPlane.kubectl);
    const kubeconfigPath = local.controlPlane.kubeconfig;
    cluster = connectCluster({ kubeconfigPath, clock: systemClock, log, watchTimings });
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await local.stop();
  });

  const subject = (): ClusterUnderTest => ({ cluster, namespace: 'voice' });
  describe('keeps the contract', () => {
    describeReadsAndWrites(subject);
    describeStatus(subject);
    describeClaims(subject);
    describeDeletes(subject);
    describeWatch(subject);
    describeLease(subject);
  });

  describe('a watch', () => {
    let stop = new AbortController();
    afterEach(() => {
      stop.abort();
      stop = new AbortController();
    });

    async function watching(set: string): Promise<Cache<KubeObject>> {
      const cache = cluster.watch(configMaps, { labelSelector: `set=${set}` }, stop.signal);
      await cluster.create(configMaps, configMap('voice', newName(), { set }), never);
      await waitForSize(cache, 1);
      return cache;
    }

    test('survives an API server that is killed and started again', async () => {
      const set = newName();
      const cache = await watching(set);
      await local.controlPlane.apiServer.kill();
      await systemClock.sleep(2000, never);
      await local.controlPlane.apiServer.start();
      await createSoon(cluster, set);
      await waitForSize(cache, 2);
      expect(sizeOf(cache)).toBe(2);
    });

    test('survives an API server that is stopped in good order and started again', async () => {
      const set = newName();
      const cache = await watching(set);
      await local.controlPlane.apiServer.stop();
      await local.controlPlane.apiServer.start();
      await createSoon(cluster, set);
      await waitForSize(cache, 2);
      expect(sizeOf(cache)).toBe(2);
    });

    test('notices an API server that is frozen, and goes on when it thaws', async () => {
      const set = newName();
      const cache = await watching(set);
      local.controlPlane.apiServer.signal('SIGSTOP');
      try {
        const frozenAt = systemClock.monotonic();
        while (cache.silence() < longestSilence + 2000 && systemClock.monotonic() - frozenAt < 30_000) {
          await systemClock.sleep(200, never);
        }
      } finally {
        local.controlPlane.apiServer.signal('SIGCONT');
      }
      await createSoon(cluster, set);
      await waitForSize(cache, 2);
      expect(sizeOf(cache)).toBe(2);
    });

    test('survives etcd being killed and started again', async () => {
      const set = newName();
      const cache = await watching(set);
      await local.controlPlane.etcd.kill();
      await local.controlPlane.etcd.start();
      await createSoon(cluster, set);
      await waitForSize(cache, 2);
      expect(sizeOf(cache)).toBe(2);
    });

    test('stays open over its bookmarks: quiet for many watches, without a new list', async () => {
      const set = newName();
      const cache = await watching(set);
      const before = log.lines.length;
      await systemClock.sleep(15_000, never);
      expect(cache.silence()).toBeLessThan(longestSilence);
      expect(log.lines.slice(before), 'nothing to report').toEqual([]);
    });
  });

  test('a server that another authority vouches for is refused before anything is sent', async () => {
    const { controlPlane } = local;
    const { authority } = makePki(join(local.directory, 'another-pki'));
    const credential = controlPlane.pki.issue({ commonName: 'stranger' });
    const access = { server: controlPlane.server, authority, user: 'stranger', credential };
    const kubeconfigPath = writeKubeconfig(join(local.directory, 'stranger.kubeconfig'), access);
    const stranger = connectCluster({ kubeconfigPath, clock: systemClock, log });
    const logTail = { namespace: 'voice', name: 'a', container: 'b', lines: 1 };
    await expect(stranger.logTail(logTail, never)).rejects.toMatchObject({
      code: 'Unavailable',
      message: expect.stringMatching(/^cannot reach the API server at https:.*certificate/) as string,
    });
    await stranger[Symbol.asyncDispose]();
  });

  test('a ServiceAccount without rights is Forbidden, in the words of the server', async () => {
    const { controlPlane } = local;
    const kubeconfigPath = controlPlane.mintUser({ commonName: 'nobody' });
    const nobody = connectCluster({ kubeconfigPath, clock: systemClock, log });
    await expect(nobody.list(configMaps, {}, never)).rejects.toMatchObject({
      code: 'Forbidden',
      message: expect.stringContaining('User "nobody" cannot list resource "configmaps"') as string,
    });
    await nobody[Symbol.asyncDispose]();
  });
});
