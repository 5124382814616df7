// Which of Kubernetes' own types the CRDs carry, and which of their fields: an allow-list. A field that is not listed is
// unknown to the CRD, so the API server prunes it (no hostPath, no service account tokens, no mount propagation).

const core = 'io.k8s.api.core.v1.';
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

/** One type to carry: its fields, and values its strings are limited to where Kubernetes' OpenAPI does not say them or says too many. */
export interface Selected {
  readonly definition: string;
  readonly fields: readonly string[];
  readonly enums?: Readonly<Record<string, readonly string[]>>;
  /** required although Kubernetes' OpenAPI, for its own history, does not say so */
  readonly required?: readonly string[];
  /** strings longer than the usual bound, lists or maps with more entries */
  readonly bounds?: Readonly<Record<string, number>>;
}

const keySelector = ['key', 'name', 'optional'];
const projection = ['items', 'name', 'optional'];
const affinityTerms = [
  'preferredDuringSchedulingIgnoredDuringExecution',
  'requiredDuringSchedulingIgnoredDuringExecution',
];

function type(definition: string, fields: readonly string[], rest: Partial<Selected> = {}): Selected {
  return { definition: core + definition, fields, ...rest };
}

/** One generated file per entry; within a file, a type stands after those it uses. */
export const selection: Readonly<Record<string, readonly Selected[]>> = {
  meta: [
    {
      definition: `${meta}LabelSelectorRequirement`,
      fields: ['key', 'operator', 'values'],
      enums: { operator: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
    },
    { definition: `${meta}LabelSelector`, fields: ['matchExpressions', 'matchLabels'] },
    {
      definition: `${meta}Condition`,
      fields: ['type', 'status', 'observedGeneration', 'lastTransitionTime', 'reason', 'message'],
      enums: { status: ['True', 'False', 'Unknown'] },
      bounds: { message: 32768 },
    },
  ],
  environment: [
    type('ConfigMapKeySelector', keySelector, { required: ['name'] }),
    type('SecretKeySelector', keySelector, { required: ['name'] }),
    type('ObjectFieldSelector', ['apiVersion', 'fieldPath']),
    type('ResourceFieldSelector', ['containerName', 'divisor', 'resource']),
    type('EnvVarSource', ['configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'secretKeyRef']),
    type('EnvVar', ['name', 'value', 'valueFrom'], { bounds: { value: 32768 } }),
    type('ConfigMapEnvSource', ['name', 'optional'], { required: ['name'] }),
    type('SecretEnvSource', ['name', 'optional'], { required: ['name'] }),
    type('EnvFromSource', ['configMapRef', 'prefix', 'secretRef']),
    type('VolumeMount', ['mountPath', 'name', 'readOnly', 'subPath', 'subPathExpr'], {
      bounds: { mountPath: 1024, subPath: 1024, subPathExpr: 1024, name: 63 },
    }),
    type('ResourceRequirements', ['limits', 'requests'], { bounds: { limits: 16, requests: 16 } }),
  ],
  'volume-source': [
    type('LocalObjectReference', ['name'], { required: ['name'] }),
    type('KeyToPath', ['key', 'mode', 'path']),
    type('ConfigMapVolumeSource', ['defaultMode', 'items', 'name', 'optional'], { required: ['name'] }),
    type('CSIVolumeSource', ['driver', 'fsType', 'nodePublishSecretRef', 'readOnly', 'volumeAttributes'], {
      bounds: { volumeAttributes: 32 },
    }),
    type('DownwardAPIVolumeFile', ['fieldRef', 'mode', 'path', 'resourceFieldRef']),
    type('DownwardAPIVolumeSource', ['defaultMode', 'items']),
    type('EmptyDirVolumeSource', ['medium', 'sizeLimit']),
  ],
  'volume-claim': [
    type('TypedLocalObjectReference', ['apiGroup', 'kind', 'name']),
    type('VolumeResourceRequirements', ['limits', 'requests'], { bounds: { limits: 4, requests: 4 } }),
    type(
      'PersistentVolumeClaimSpec',
      [
        'accessModes',
        'dataSource',
        'resources',
        'selector',
        'storageClassName',
        'volumeAttributesClassName',
        'volumeMode',
      ],
      {
        bounds: { accessModes: 4 },
      },
    ),
    type('PersistentVolumeClaimTemplate', ['spec']),
    type('EphemeralVolumeSource', ['volumeClaimTemplate'], { required: ['volumeClaimTemplate'] }),
    type('PersistentVolumeClaimVolumeSource', ['claimName', 'readOnly']),
  ],
  volume: [
    type('ImageVolumeSource', ['pullPolicy', 'reference'], {
      required: ['reference'],
      bounds: { reference: 1024 },
    }),
    type('NFSVolumeSource', ['path', 'readOnly', 'server'], { bounds: { path: 1024 } }),
    type('SecretVolumeSource', ['defaultMode', 'items', 'optional', 'secretName'], {
      required: ['secretName'],
    }),
    type('ConfigMapProjection', projection, { required: ['name'] }),
    type('SecretProjection', projection, { required: ['name'] }),
    type('DownwardAPIProjection', ['items']),
    type('VolumeProjection', ['configMap', 'downwardAPI', 'secret']),
    type('ProjectedVolumeSource', ['defaultMode', 'sources'], { required: ['sources'] }),
    type(
      'Volume',
      [
        'name',
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
      ],
      { bounds: { name: 63 } },
    ),
  ],
  scheduling: [
    type('NodeSelectorRequirement', ['key', 'operator', 'values']),
    type('NodeSelectorTerm', ['matchExpressions', 'matchFields']),
    type('NodeSelector', ['nodeSelectorTerms']),
    type('PreferredSchedulingTerm', ['preference', 'weight']),
    type('NodeAffinity', affinityTerms),
    type('PodAffinityTerm', [
      'labelSelector',
      'matchLabelKeys',
      'mismatchLabelKeys',
      'namespaceSelector',
      'namespaces',
      'topologyKey',
    ]),
    type('WeightedPodAffinityTerm', ['podAffinityTerm', 'weight']),
    type('PodAffinity', affinityTerms),
    type('PodAntiAffinity', affinityTerms),
    type('Affinity', ['nodeAffinity', 'podAffinity', 'podAntiAffinity']),
    type('Toleration', ['effect', 'key', 'operator', 'tolerationSeconds', 'value'], {
      enums: { operator: ['Exists', 'Equal'] }, // Gt and Lt are alpha
    }),
  ],
};

/** Types that end the walk: they are scalars in zod (src/api/scalars.ts) and never looked up. */
export const scalars = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  [`${meta}Time`]: 'instant',
} as const;
