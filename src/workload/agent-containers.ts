// The two agents of a training pod: restore, an init container, and sync, a native sidecar. They alone see the store's
// credentials.
import type {
  V1Container,
  V1EnvVar,
  V1ResourceRequirements,
  V1SecurityContext,
} from '@kubernetes/client-node';
import { agentUid, containers, credentialKeys, statusPortName } from '../api/names.ts';
import {
  agentCheckpointDir,
  agentEnvironment,
  agentEnvironmentVariable,
  podUidVariable,
} from '../wire/agent-environment.ts';
import { syncStatusPort } from '../wire/sync-status.ts';
import { buildAgentEnvironment } from './agent-environment.ts';
import type { AttemptOrder } from './attempt-order.ts';
import type { AsJson } from './manifest.ts';
import { isOnNode, scratchAt } from './volumes.ts';

type Container = AsJson<V1Container>;
type Variable = AsJson<V1EnvVar>;
type Resources = AsJson<V1ResourceRequirements>;

/** Where the image keeps the agents' program; `node` is on its PATH. */
const agentProgram = '/reprise/agent.mjs';

/** The agents hold little for long: a small young generation and one malloc arena spare a tenth of their memory. */
const smallHeap = '--max-semi-space-size=1';
const oneArena: Variable = { name: 'MALLOC_ARENA_MAX', value: '1' };

const securityContext: AsJson<V1SecurityContext> = {
  runAsUser: agentUid,
  runAsGroup: agentUid,
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
};

/** The init container that places the resume point. */
export const buildRestore = (order: AttemptOrder): Container => buildAgent(order, containers.restore);

/** The native sidecar that carries checkpoints to the store; it has no startupProbe, so the trainer does not wait for it. */
export const buildSync = (order: AttemptOrder): Container => ({
  ...buildAgent(order, containers.sync),
  restartPolicy: 'Always',
  ports: [{ name: statusPortName, containerPort: syncStatusPort }],
});

function buildAgent(order: AttemptOrder, role: 'restore' | 'sync'): Container {
  return {
    name: role,
    image: order.agent.image,
    imagePullPolicy: order.agent.pullPolicy,
    command: ['node', smallHeap, agentProgram, role],
    env: buildVariables(order),
    volumeMounts: [scratchAt(agentCheckpointDir)],
    resources: buildResources(order, role),
    securityContext,
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

function buildVariables(order: AttemptOrder): readonly Variable[] {
  const environment = agentEnvironment.format(buildAgentEnvironment(order)).trimEnd();
  return [
    // Kubernetes would expand $(NAME) inside the value; in JSON the sign can be written otherwise.
    { name: agentEnvironmentVariable, value: environment.replaceAll('$', String.raw`\u0024`) },
    { name: podUidVariable, valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
    oneArena,
    ...buildCredentials(order.store.spec.agentCredentials.secretName),
  ];
}

function buildCredentials(secretName: string): readonly Variable[] {
  const { accessKeyId, secretAccessKey, sessionToken } = credentialKeys;
  const from = (key: string): Variable => ({
    name: key,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const optional = { name: secretName, key: sessionToken, optional: true };
  return [
    from(accessKeyId),
    from(secretAccessKey),
    { name: sessionToken, valueFrom: { secretKeyRef: optional } },
  ];
}

/**
 * Parts of 16 MB, 8 at a time, take 220 MB. No CPU limit: a flush has a deadline. The scratch volume's disk is asked for
 * by sync, which lives as long as the pod.
 */
function buildResources({ run }: AttemptOrder, role: 'restore' | 'sync'): Resources {
  const disk = role === 'sync' && isOnNode(run.spec) ? { 'ephemeral-storage': run.spec.scratch.size } : {};
  return { requests: { cpu: '100m', memory: '256Mi', ...disk }, limits: { memory: '512Mi' } };
}
