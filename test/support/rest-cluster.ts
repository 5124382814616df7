// The REST adapter in front of a fake API server, for tests of either.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectedCluster, connectCluster } from '../../src/kube/rest-cluster.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { FakeApiServer } from './fake-api-server/fake-api-server.ts';
import { RecordedLog } from './recorded-log.ts';

export interface RestSubject extends AsyncDisposable {
  readonly server: FakeApiServer;
  readonly cluster: ConnectedCluster;
  readonly log: RecordedLog;
  /** The kubeconfig the adapter reads. */
  readonly kubeconfigPath: string;
}

/** Starts a fake API server and connects the adapter to it; `user` is the kubeconfig's user. */
export async function startRestSubject(
  clock: Clock,
  user: Readonly<Record<string, unknown>> = {},
): Promise<RestSubject> {
  const server = await FakeApiServer.start(clock);
  const directory = mkdtempSync(join(tmpdir(), 'reprise-kubeconfig-'));
  const kubeconfigPath = join(directory, 'config');
  writeFileSync(kubeconfigPath, server.kubeconfig(user));
  const log = new RecordedLog();
  const cluster = connectCluster({ kubeconfigPath, clock, log, random: () => 0.5 });
  const dispose = async (): Promise<void> => {
    await server[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  };
  return { server, cluster, log, kubeconfigPath, [Symbol.asyncDispose]: dispose };
}
