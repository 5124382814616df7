// The Pod Security Standards as far as a pod of ours could break them
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/), told as a list of violations.
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { AsJson } from '../../src/workload/manifest.ts';

type Pod = AsJson<V1PodSpec>;
type Container = AsJson<V1Container>;

const baselineCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const restrictedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const containersOf = (pod: Pod): readonly Container[] => [...(pod.initContainers ?? []), ...pod.containers];

/** What the baseline level forbids in this pod. */
export function baselineViolations(pod: Pod): readonly string[] {
  const volumes = (pod.volumes ?? []).filter((volume) => volume.hostPath !== undefined);
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => field in pod),
    ...volumes.map(({ name }) => `volume ${name}: hostPath`),
    ...(pod.securityContext?.seccompProfile?.type === 'Unconfined' ? ['pod: seccomp Unconfined'] : []),
    ...containersOf(pod).flatMap(baselineContainer),
  ];
}

function baselineContainer({ name, securityContext, ports }: Container): string[] {
  const added = securityContext?.capabilities?.add ?? [];
  return [
    ...(securityContext?.privileged === true ? [`${name}: privileged`] : []),
    ...added.filter((cap) => !baselineCapabilities.has(cap)).map((cap) => `${name}: ${cap}`),
    ...(ports ?? []).filter(({ hostPort }) => hostPort !== undefined).map(() => `${name}: hostPort`),
    ...(securityContext?.procMount === undefined ? [] : [`${name}: procMount`]),
  ];
}

/** What the restricted level forbids in this pod, besides what baseline forbids. */
export function restrictedViolations(pod: Pod): readonly string[] {
  const profile = pod.securityContext?.seccompProfile?.type;
  const volumes = (pod.volumes ?? []).filter(
    (volume) => !Object.keys(volume).some((source) => restrictedVolumes.has(source)),
  );
  return [
    ...baselineViolations(pod),
    ...volumes.map(({ name }) => `volume ${name}: its kind`),
    ...(profile === 'RuntimeDefault' ? [] : ['pod: seccompProfile']),
    ...containersOf(pod).flatMap(restrictedContainer),
  ];
}

function restrictedContainer({ name, securityContext: context }: Container): string[] {
  const { add = [], drop = [] } = context?.capabilities ?? {};
  const rules: Readonly<Record<string, boolean>> = {
    allowPrivilegeEscalation: context?.allowPrivilegeEscalation === false,
    runAsNonRoot: context?.runAsNonRoot === true,
    'runAsUser 0': context?.runAsUser !== 0,
    'capabilities not dropped': drop.includes('ALL'),
    'capabilities added': add.every((cap) => cap === 'NET_BIND_SERVICE'),
  };
  return Object.keys(rules)
    .filter((rule) => rules[rule] === false)
    .map((rule) => `${name}: ${rule}`);
}
