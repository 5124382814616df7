// The one real cluster that all e2e tests share, as a test file sees it. global-setup.ts started it; tests stop and start its servers
// through the control socket, and leave them running.
import type { S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { makeS3Client, type BucketAccess } from '../../../dev/bucket/object-server.ts';
import { makeKubectl, type Kubectl } from '../../../dev/control-plane/kubectl.ts';
import { ApiClient } from './api-client.ts';
import { remoteServer, type RemoteServer } from './server-control.ts';

/** What global-setup.ts tells the test files. */
export interface StageFacts {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly nodes: readonly string[];
  readonly bucket: BucketAccess;
  readonly operatorLog: string;
  /** base URL of its /metrics, while it runs */
  readonly secondOperatorUrl: string;
  readonly controlSocket: string;
  readonly placesSocket: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** null: this machine cannot run the cluster */
    readonly stage: StageFacts | null;
  }
}

export interface Stage extends StageFacts {
  readonly cli: Kubectl;
  readonly api: ApiClient;
  readonly s3: S3Client;
  readonly operator: RemoteServer;
  /** Another one, which does not run unless a test starts it. */
  readonly secondOperator: RemoteServer;
  readonly objectServer: RemoteServer;
  /** The kubelet of a node. */
  kubelet(node: string): RemoteServer;
  /** The containerd of a node. */
  containerd(node: string): RemoteServer;
}

let opened: Stage | undefined;

/** The stage; only for bodies of tests and hooks. @throws where there is none */
export function stage(): Stage {
  if (opened !== undefined) return opened;
  const facts = inject('stage');
  if (facts === null) throw new Error('there is no cluster: describeWith(missingForNodes()) must skip this');
  opened = {
    ...facts,
    cli: makeKubectl(facts.kubectl, facts.kubeconfig),
    api: new ApiClient(facts.kubeconfig),
    s3: makeS3Client(facts.bucket, facts.bucket.operator),
    operator: remoteServer(facts, 'operator'),
    secondOperator: remoteServer(facts, 'operator-2'),
    objectServer: remoteServer(facts, 'versitygw'),
    kubelet: (node) => remoteServer(facts, `${node}-kubelet`),
    containerd: (node) => remoteServer(facts, `${node}-containerd`),
  };
  return opened;
}
