// docs/api.md: every field, rule, condition and reason of our kinds, from the same sources as the CRDs.
import { policyReasons, runReasons, storeReasons } from '../../src/api/conditions.ts';
import type { Reason } from '../../src/api/reason.ts';
import { apiVersion, type KindNames } from '../../src/api/names.ts';
import { kinds } from './custom-resource.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Fields whose type is Kubernetes' own: shown as one line. */
const kubernetesTypes: Readonly<Record<string, string>> = {
  env: 'EnvVar',
  envFrom: 'EnvFromSource',
  volumeMounts: 'VolumeMount',
  resources: 'ResourceRequirements',
  volumes: 'Volume',
  imagePullSecrets: 'LocalObjectReference',
  affinity: 'Affinity',
  tolerations: 'Toleration',
  allowedNamespaces: 'LabelSelector',
  conditions: 'Condition',
};

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

function typeOf(name: string, schema: StructuralSchema): string {
  const own = kubernetesTypes[name];
  if (schema.items !== undefined) return `list of ${own ?? typeOf('', schema.items)}`;
  if (own !== undefined) return own;
  if (typeof schema.additionalProperties === 'object')
    return `map of ${typeOf('', schema.additionalProperties)}`;
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  if (schema['x-kubernetes-int-or-string'] === true) return 'quantity';
  return schema.format === 'date-time' ? 'time' : (schema.type ?? '');
}

function defaultOf({ default: value }: StructuralSchema, required: boolean): string {
  if (required) return 'required';
  return value === undefined || typeof value === 'object' ? '' : `\`${JSON.stringify(value)}\``;
}

function fieldRows(schema: StructuralSchema, at: string): string[] {
  const fields = Object.entries(schema.properties ?? {});
  return fields.flatMap(([name, field]) => {
    const path = `${at}.${name}`;
    const required = schema.required?.includes(name) === true;
    const own = row(`\`${path}\``, typeOf(name, field), defaultOf(field, required), field.description ?? '');
    if (name in kubernetesTypes) return [own];
    return [own, ...fieldRows(field, path), ...fieldRows(field.items ?? {}, `${path}[]`)];
  });
}

interface RuleRow {
  readonly path: string;
  readonly message: string;
}

function rulesIn(schema: StructuralSchema, path: string): RuleRow[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message, fieldPath = '' }) => ({
    path: path + fieldPath,
    message,
  }));
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const inner = [
    ...rulesOfFields(schema, path),
    ...rulesOfInner(schema.items, path),
    ...rulesOfInner(values, path),
  ];
  return [...own, ...inner];
}

const rulesOfFields = (schema: StructuralSchema, path: string): RuleRow[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => rulesIn(field, `${path}.${name}`));

const rulesOfInner = (schema: StructuralSchema | undefined, path: string): RuleRow[] =>
  schema === undefined ? [] : rulesIn(schema, `${path}[]`);

function reasonRows(type: string, reasons: Readonly<Record<string, Reason>>): string[] {
  return Object.entries(reasons).map(([name, { status, meaning, cure = '' }]) =>
    row(`${type} = ${status}`, name, `${meaning} ${cure}`.trim()),
  );
}

/** By kind and condition. */
const reasonsOf: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Reason>>>>>> = {
  TTSTrainingRun: runReasons,
  CheckpointStore: { Available: storeReasons },
  CheckpointRetentionPolicy: policyReasons,
};

interface Section {
  readonly names: KindNames;
  readonly schema: StructuralSchema;
}

function section({ names, schema }: Section): string[] {
  const { spec = {}, status = {} } = schema.properties ?? {};
  const fieldHead = ['| field | type | default | meaning |', '| --- | --- | --- | --- |'];
  const reasons = Object.entries(reasonsOf[names.kind] ?? {}).flatMap(([type, of]) => reasonRows(type, of));
  return [
    `## ${names.kind}`,
    '',
    `${schema.description} \`${apiVersion}\`, ${names.scope}, short name \`${names.shortName}\`.`,
    '',
    ...fieldHead,
    ...fieldRows(spec, 'spec'),
    '',
    '### Rules',
    '',
    '| field | rule |',
    '| --- | --- |',
    ...rulesIn(schema, '').map(({ path, message }) => row(`\`${path.slice(1)}\``, message)),
    '',
    '### Status',
    '',
    ...fieldHead,
    ...fieldRows(status, 'status'),
    '',
    '### Conditions',
    '',
    '| condition | reason | meaning, and what to do |',
    '| --- | --- | --- |',
    ...reasons,
    '',
  ];
}

/** The reference as Markdown. */
export function buildReference(): string {
  const head = [
    '# The API',
    '',
    '<!-- Generated from src/api by make generate: do not edit. -->',
    '',
    'Fields of Kubernetes’ own types (EnvVar, Volume, Affinity …) mean what they mean in Kubernetes; those that a run may not',
    'use are left out of the schema, so the API server refuses or drops them. Durations are whole seconds, sizes are quantities.',
    '',
  ];
  return `${[...head, ...kinds.flatMap(section)].join('\n').trimEnd()}\n`;
}
