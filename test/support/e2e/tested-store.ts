// A CheckpointStore of one test's own, under a prefix of its own: for what must not be asked of the store that all tests share.
import type { TestContext } from 'vitest';
import { stage } from './stage.ts';
import type { TestedRun } from './tested-run.ts';

export interface TestedStore {
  /** its name and its prefix */
  readonly name: string;
  readonly allowedNamespaces?: object;
  /** default: the S3 server itself */
  readonly endpoint?: string;
}

// The agents' own account may only write below the first store's prefix: this namespace gets the operator's.
const secret = (namespace: string): object => {
  const { operator } = stage().bucket;
  const stringData = {
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'reprise-store', namespace }, stringData };
};

/** Makes the store for this run, and takes it away after the test. */
export async function applyStore(
  context: TestContext,
  run: TestedRun,
  { name, allowedNamespaces = {}, endpoint = stage().bucket.endpoint }: TestedStore,
): Promise<void> {
  const { cli, bucket } = stage();
  const { region, bucket: bucketName } = bucket;
  context.onTestFinished(async () => void (await cli.run('delete', 'cks', name)));
  await cli.apply(
    {
      apiVersion: 'reprise.dev/v1alpha1',
      kind: 'CheckpointStore',
      metadata: { name },
      spec: {
        s3: { endpoint, region, bucket: bucketName, prefix: name, forcePathStyle: true },
        allowedNamespaces,
        operatorCredentials: { secretName: 'store-main' },
        agentCredentials: { mode: 'Secret', secretName: 'reprise-store' },
      },
    },
    secret(run.namespace),
  );
}

/** Says in the store's spec that the runs of this cluster, which is no more, are ours. */
export async function adoptCluster(store: string, clusterUid: string): Promise<void> {
  const path = `/apis/reprise.dev/v1alpha1/checkpointstores/${store}`;
  await stage().api.change({ method: 'PATCH', path, body: { spec: { adoptClusters: [clusterUid] } } });
}
