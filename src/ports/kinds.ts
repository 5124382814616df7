// The kinds the operator watches, reads and makes, each with the shape it is read as.
import { group, policyNames, runNames, storeNames, version } from '../api/names.ts';
import type { Resource } from './cluster.ts';
import type { Job, KubeEvent, KubeLease, KubeObject, Namespace, Node, Pod, Secret } from './kube-objects.ts';

/** Objects of ours come unvalidated: api/ understands them. */
export const runs: Resource<KubeObject> = {
  group,
  version,
  kind: runNames.kind,
  plural: runNames.plural,
  namespaced: true,
};
export const stores: Resource<KubeObject> = {
  group,
  version,
  kind: storeNames.kind,
  plural: storeNames.plural,
  namespaced: false,
};
export const policies: Resource<KubeObject> = {
  group,
  version,
  kind: policyNames.kind,
  plural: policyNames.plural,
  namespaced: false,
};
export const jobs: Resource<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};
export const pods: Resource<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};
export const nodes: Resource<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
};
export const namespaces: Resource<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
export const secrets: Resource<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};
/** The Events by the API that alone takes the times by which kubectl sorts them. */
export const coreEvents: Resource<KubeObject> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
export const events: Resource<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
/** The CRDs. */
export const definitions: Resource<KubeObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
export const leases: Resource<KubeLease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};
