// spec.trainer: the allow-listed part of a Kubernetes Container that a run says about its trainer.
import { z } from 'zod';
import { envFromSource, envVar, resourceRequirements, volumeMount } from './kubernetes/environment.ts';
import { agentUid, environmentPrefix, gpuResource, volumeNamePrefix } from './names.ts';
import { cleanPath, exactlyOne, matching, ruled } from './rules.ts';
import { text } from './scalars.ts';

const environmentVariable = ruled(envVar, [
  {
    cel: `self.name.matches('^[ -<>-~]+$')`,
    message: "name must be printable ASCII without '='",
    holds: ({ name }) => /^[ -<>-~]+$/.test(name),
    fieldPath: '.name',
  },
  {
    cel: `!self.name.startsWith('${environmentPrefix}')`,
    message: `name must not start with ${environmentPrefix}: those variables are set by Reprise; choose another name`,
    holds: ({ name }) => !name.startsWith(environmentPrefix),
    fieldPath: '.name',
  },
  {
    cel: '!has(self.value) || !has(self.valueFrom)',
    message: 'value and valueFrom exclude each other: remove one of them',
    holds: ({ value, valueFrom }) => value === undefined || valueFrom === undefined,
  },
  {
    cel: `!has(self.valueFrom) || [has(self.valueFrom.configMapKeyRef), has(self.valueFrom.fieldRef), has(self.valueFrom.resourceFieldRef), has(self.valueFrom.secretKeyRef)].filter(given, given).size() == 1`,
    message: 'valueFrom must have exactly one of configMapKeyRef, fieldRef, resourceFieldRef, secretKeyRef',
    holds: ({ valueFrom }) => valueFrom === undefined || Object.keys(valueFrom).length === 1,
    fieldPath: '.valueFrom',
  },
]);

const environmentSource = ruled(envFromSource, [exactlyOne(['configMapRef', 'secretRef'])]);

const mount = ruled(volumeMount, [
  {
    cel: `!self.name.startsWith('${volumeNamePrefix}')`,
    message: `name must not start with ${volumeNamePrefix}: those volumes are Reprise's own; mount a volume of podTemplate.spec.volumes`,
    holds: ({ name }) => !name.startsWith(volumeNamePrefix),
    fieldPath: '.name',
  },
  cleanPath('mountPath'),
  {
    cel: `self.mountPath != '/dev/shm'`,
    message: 'mountPath must not be /dev/shm: set its size by spec.sharedMemory',
    holds: ({ mountPath }) => mountPath !== '/dev/shm',
    fieldPath: '.mountPath',
  },
]);

const gpuCount = /^[1-9][0-9]*$/;

const resources = ruled(resourceRequirements, [
  {
    cel: `!has(self.limits) || !('${gpuResource}' in self.limits) || string(self.limits['${gpuResource}']).matches('${gpuCount.source}')`,
    message: `limits["${gpuResource}"] must be a whole number of GPUs, at least "1"; leave it out for a run without a GPU`,
    holds: ({ limits }) => {
      const count = limits?.[gpuResource];
      return count === undefined || gpuCount.test(String(count));
    },
  },
  {
    cel: `!has(self.requests) || !('${gpuResource}' in self.requests) || (has(self.limits) && '${gpuResource}' in self.limits && string(self.limits['${gpuResource}']) == string(self.requests['${gpuResource}']))`,
    message: `requests["${gpuResource}"] counts only with an equal limits["${gpuResource}"]: GPUs are asked for by limits`,
    holds: ({ limits, requests }) => {
      const asked = requests?.[gpuResource];
      return asked === undefined || String(limits?.[gpuResource]) === String(asked);
    },
  },
]);

const id = (): z.ZodInt32 => z.int32().min(0);

const securityContext = z.object({
  runAsUser: ruled(id(), [
    {
      cel: `self != ${agentUid}`,
      message: `runAsUser must not be ${agentUid}: that is the uid of Reprise's own containers; choose another, for example 1000`,
      holds: (value) => value !== agentUid,
    },
  ])
    .describe(`User ID the trainer runs as; default: the image's. Not ${agentUid}, Reprise's own.`)
    .exactOptional(),
  runAsGroup: id().describe("Group ID the trainer runs as; default: the image's.").exactOptional(),
  capabilities: z
    .object({
      add: z
        .array(z.enum(['IPC_LOCK']))
        .max(1)
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe('Capabilities to add. IPC_LOCK (pinned memory for RDMA) is the only one allowed.')
        .exactOptional(),
    })
    .describe('Linux capabilities of the trainer; all are dropped except those added here.')
    .exactOptional(),
});

const trainerFields = z.object({
  image: ruled(text(1024), [
    matching(
      /^[!-~]+$/,
      'image must be a container image reference without blanks, such as registry.example/f5-tts:1.1',
    ),
  ]).describe(
    'Container image with the trainer; a digest (name@sha256:…) makes every attempt run the same one.',
  ),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .describe(
      "When to pull the image; default: Kubernetes' own (Always for the tag latest, else IfNotPresent).",
    )
    .exactOptional(),
  command: z
    .array(z.string().max(4096))
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe("Program to run and its first arguments, not in a shell; default: the image's ENTRYPOINT.")
    .exactOptional(),
  args: z
    .array(z.string().max(4096))
    .max(256)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe("Arguments of the command; default: the image's CMD.")
    .exactOptional(),
  workingDir: ruled(text(1024), [
    matching(
      /^\//,
      "workingDir must be an absolute path, such as /workspace/F5-TTS; leave it out for the image's own",
    ),
  ])
    .describe("Directory the command starts in; default: the image's WORKDIR.")
    .exactOptional(),
  env: z
    .array(environmentVariable)
    .max(128)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe(`Environment variables of the trainer; names starting with ${environmentPrefix} are Reprise's.`)
    .exactOptional(),
  envFrom: z
    .array(environmentSource)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('ConfigMaps and Secrets whose every key becomes an environment variable of the trainer.')
    .exactOptional(),
  volumeMounts: z
    .array(mount)
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['mountPath'] })
    .describe(
      'Where the trainer sees the volumes of podTemplate.spec.volumes; never on or inside checkpointDir.',
    )
    .exactOptional(),
  resources: resources
    .describe(`CPU, memory and GPUs of the trainer; ask for GPUs by limits["${gpuResource}"].`)
    .exactOptional(),
  checkpointDir: ruled(text(1024), [cleanPath()]).describe(
    'Absolute directory where the trainer really writes model_<update>.pt and model_last.pt; Reprise mounts the scratch volume there.',
  ),
  securityContext: securityContext
    .describe('User, group and capabilities of the trainer; it can never escalate its privileges.')
    .exactOptional(),
});

const liesInside = `m.mountPath == self.checkpointDir || m.mountPath.startsWith(self.checkpointDir + '/')`;
const isInside = (path: string, dir: string): boolean => path === dir || path.startsWith(`${dir}/`);

/** spec.trainer */
export const trainer = ruled(trainerFields, [
  {
    cel: `!has(self.volumeMounts) || !self.volumeMounts.exists(m, ${liesInside})`,
    message:
      'a mountPath must not lie on or inside checkpointDir, where the scratch volume is: choose another mountPath or another checkpointDir',
    holds: ({ volumeMounts = [], checkpointDir }) =>
      !volumeMounts.some(({ mountPath }) => isInside(mountPath, checkpointDir)),
    fieldPath: '.volumeMounts',
    culprit: {
      cel: `self.volumeMounts.map(m, ${liesInside}, m.mountPath)[0]`,
      of: ({ volumeMounts = [], checkpointDir }) =>
        volumeMounts.find(({ mountPath }) => isInside(mountPath, checkpointDir))?.mountPath,
    },
  },
]);
