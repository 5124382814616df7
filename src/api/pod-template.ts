// spec.podTemplate: the allow-listed part of a PodTemplateSpec. What is not here cannot be asked for: no hostPath, no host
// network, no privileges, no service account, no node by name.
import { z } from 'zod';
import { affinity, toleration } from './kubernetes/scheduling.ts';
import { volume as kubernetesVolume } from './kubernetes/volume.ts';
import { localObjectReference } from './kubernetes/volume-source.ts';
import { group, volumeNamePrefix } from './names.ts';
import { celString, exactlyOne, matching, type Rule, ruled } from './rules.ts';
import { day, objectName, seconds, text } from './scalars.ts';

const sources = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'nfs',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const;

const volumeName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const volume = ruled(kubernetesVolume, [
  exactlyOne(sources, 'hostPath and other sources are not allowed in a run'),
  {
    cel: `self.name.matches(${celString(volumeName.source)})`,
    message:
      "name must be lower-case letters, digits and '-', at most 63, with a letter or digit at both ends",
    holds: ({ name }) => volumeName.test(name),
    fieldPath: '.name',
  },
  {
    cel: `!self.name.startsWith('${volumeNamePrefix}')`,
    message: `name must not start with ${volumeNamePrefix}: those volumes are Reprise's own; choose another name`,
    holds: ({ name }) => !name.startsWith(volumeNamePrefix),
    fieldPath: '.name',
  },
  {
    cel: '!has(self.projected) || self.projected.sources.all(s, [has(s.configMap), has(s.downwardAPI), has(s.secret)].filter(given, given).size() == 1)',
    message:
      'sources must each have exactly one of configMap, downwardAPI, secret: service account tokens are not allowed in a run',
    holds: ({ projected }) =>
      projected === undefined || projected.sources.every((source) => Object.keys(source).length === 1),
    fieldPath: '.projected',
  },
]);

const keySyntax =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const valueSyntax = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const ourDomain = new RegExp(`^(.*\\.)?${group.replace('.', '\\.')}/`);
const jobLabels = /^(batch\.kubernetes\.io\/.*|controller-uid|job-name|app\.kubernetes\.io\/managed-by)$/;
const appArmor = /^container\.apparmor\.security\.beta\.kubernetes\.io\//;

type Map = Readonly<Record<string, string>>;

/** A rule on the keys of a map: each matches, or with `not` none does. The message names the first that breaks it. */
function keys(rule: { readonly pattern: RegExp; readonly not?: true }, message: string): Rule<Map> {
  const { pattern, not = false } = rule;
  const matches = `key.matches(${celString(pattern.source)})`;
  const [good, bad] = not ? [`!${matches}`, matches] : [matches, `!${matches}`];
  const isBad = (key: string): boolean => pattern.test(key) === not;
  return {
    cel: `self.all(key, ${good})`,
    message,
    holds: (map) => !Object.keys(map).some(isBad),
    culprit: { cel: `self.filter(key, ${bad})[0]`, of: (map) => Object.keys(map).find(isBad) },
  };
}

const keysAreQualified = keys(
  { pattern: keySyntax },
  "a key must be a name like team or example.com/team: letters, digits, '-', '_', '.', at most 63 after the '/'",
);
const notOurs = keys(
  { pattern: ourDomain, not: true },
  `keys of ${group}/ are set by Reprise alone: choose a key of another domain`,
);

/** A label's value. */
export const labelValue = ruled(z.string().max(63), [
  matching(
    valueSyntax,
    "must be a label value: letters, digits, '-', '_', '.', at most 63, with a letter or digit at both ends",
  ),
]);

const labelMap = z.record(z.string(), labelValue).meta({ maxProperties: 64 });

const metadata = z.object({
  labels: ruled(labelMap, [
    keysAreQualified,
    notOurs,
    keys(
      { pattern: jobLabels, not: true },
      'batch.kubernetes.io/…, controller-uid, job-name and app.kubernetes.io/managed-by are set on the pod by its controllers: choose another key',
    ),
  ])
    .describe('Labels to put on the training pods.')
    .exactOptional(),
  annotations: ruled(z.record(z.string(), z.string().max(16_384)).meta({ maxProperties: 64 }), [
    keysAreQualified,
    notOurs,
    keys(
      { pattern: appArmor, not: true },
      'annotations of container.apparmor.security.beta.kubernetes.io/ are not allowed in a run: remove them',
    ),
  ])
    .describe('Annotations to put on the training pods.')
    .exactOptional(),
});

const podSpec = z.object({
  volumes: z
    .array(volume)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('Volumes with data, code and caches for the trainer to mount (trainer.volumeMounts).')
    .exactOptional(),
  imagePullSecrets: z
    .array(localObjectReference)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe("Secrets of the run's namespace with which its images are pulled.")
    .exactOptional(),
  nodeSelector: ruled(labelMap, [keysAreQualified])
    .describe('Labels a node must have for this run, all of them.')
    .exactOptional(),
  affinity: affinity
    .describe("Kubernetes' affinity of the training pod; gpuProducts is added to its node affinity.")
    .exactOptional(),
  tolerations: z
    .array(toleration)
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Taints to tolerate besides that of GPU nodes and those of lost nodes, which Reprise adds.')
    .exactOptional(),
  priorityClassName: objectName
    .describe('PriorityClass of the training pods; default: that of the cluster.')
    .exactOptional(),
  runtimeClassName: objectName
    .describe('RuntimeClass of the training pods, such as nvidia; default: that of the node.')
    .exactOptional(),
  schedulerName: text(253)
    .describe("Scheduler of the training pods; default: Kubernetes' own.")
    .exactOptional(),
  terminationGracePeriodSeconds: seconds(1, day)
    .default(1800)
    .describe(
      'Seconds a terminating pod has to bring its newest checkpoint to the store (default 1800); it ends as soon as that is done.',
    ),
});

/** spec.podTemplate */
export const podTemplate = z.object({
  metadata: metadata.describe('Labels and annotations of the training pods.').exactOptional(),
  spec: podSpec
    .prefault({})
    .describe('The part of a pod spec that a run may say: volumes, placement, priority, grace.'),
});
