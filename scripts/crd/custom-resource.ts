// The CustomResourceDefinitions: names, scope, columns of kubectl get, and the schema of the newest version.
import {
  category,
  group,
  type KindNames,
  policyNames,
  runNames,
  storeNames,
  version,
} from '../../src/api/names.ts';
import { policyManifest } from '../../src/api/policy.ts';
import { runManifest } from '../../src/api/run.ts';
import { storeManifest } from '../../src/api/store.ts';
import { buildStructuralSchema, type StructuralSchema } from './structural-schema.ts';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1 = only with -o wide */
  readonly priority?: 1;
}

interface Kind {
  readonly names: KindNames;
  readonly schema: StructuralSchema;
  readonly columns: readonly Column[];
}

const age: Column = {
  name: 'AGE',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Since it was created.',
};

const runColumns: readonly Column[] = [
  { name: 'PHASE', type: 'string', jsonPath: '.status.phase', description: 'Where the run stands.' },
  {
    name: 'UPDATE',
    type: 'integer',
    jsonPath: '.status.progress.update',
    description: 'Newest update the trainer was seen at.',
  },
  {
    name: '%',
    type: 'integer',
    jsonPath: '.status.progress.percent',
    description: 'Of the planned updates, in percent.',
  },
  { name: 'ETA', type: 'string', jsonPath: '.status.progress.eta', description: 'Time left.' },
  {
    name: 'SAVED',
    type: 'date',
    jsonPath: '.status.resumePoint.savedAt',
    description: 'Since the newest checkpoint was saved.',
  },
  { name: 'ATTEMPT', type: 'integer', jsonPath: '.status.attempt', description: 'Number of the attempt.' },
  age,
  {
    name: 'MESSAGE',
    type: 'string',
    jsonPath: '.status.message',
    description: 'What is going on.',
    priority: 1,
  },
];

const available = `.status.conditions[?(@.type=="Available")]`;

const storeColumns: readonly Column[] = [
  {
    name: 'AVAILABLE',
    type: 'string',
    jsonPath: `${available}.status`,
    description: 'Whether runs can use it.',
  },
  { name: 'REASON', type: 'string', jsonPath: `${available}.reason`, description: 'Why, or why not.' },
  { name: 'BUCKET', type: 'string', jsonPath: '.spec.s3.bucket', description: 'The bucket.' },
  { name: 'PREFIX', type: 'string', jsonPath: '.spec.s3.prefix', description: 'The path in the bucket.' },
  age,
  {
    name: 'ENDPOINT',
    type: 'string',
    jsonPath: '.spec.s3.endpoint',
    description: 'The S3 server.',
    priority: 1,
  },
  {
    name: 'MESSAGE',
    type: 'string',
    jsonPath: `${available}.message`,
    description: 'What was found.',
    priority: 1,
  },
];

const ready = `.status.conditions[?(@.type=="Ready")]`;

const policyColumns: readonly Column[] = [
  {
    name: 'MODE',
    type: 'string',
    jsonPath: '.spec.mode',
    description: 'Audit (it only tells), Enforce or Off.',
  },
  {
    name: 'READY',
    type: 'string',
    jsonPath: `${ready}.status`,
    description: 'Whether it is understood and contradicts no other.',
  },
  { name: 'RUNS', type: 'integer', jsonPath: '.status.runs', description: 'Runs that it selects.' },
  {
    name: 'KEPT',
    type: 'integer',
    jsonPath: '.status.kept.checkpoints',
    description: 'Their checkpoints that stay.',
  },
  {
    name: 'BYTES',
    type: 'integer',
    jsonPath: '.status.kept.bytes',
    description: 'What these weigh together.',
  },
  {
    name: 'CONDEMNED',
    type: 'integer',
    jsonPath: '.status.condemned.checkpoints',
    description: 'Their checkpoints that go after the grace.',
  },
  {
    name: 'AUDITED',
    type: 'integer',
    jsonPath: '.status.audit.checkpoints',
    description: 'Of those that stay, how many would go if it were enforced.',
  },
  age,
  {
    name: 'CAPACITY%',
    type: 'integer',
    jsonPath: '.status.capacity.percent',
    description: 'How full its capacity is, in percent.',
    priority: 1,
  },
  {
    name: 'RECLAIMED',
    type: 'integer',
    jsonPath: '.status.reclaimedBytes',
    description: 'Bytes deleted of its runs so far.',
    priority: 1,
  },
  {
    name: 'MESSAGE',
    type: 'string',
    jsonPath: `${ready}.message`,
    description: 'Whether it holds, and why not.',
    priority: 1,
  },
];

/** Every kind of ours, as its CRD says it. */
export const kinds: readonly Kind[] = [
  { names: runNames, schema: buildStructuralSchema(runManifest), columns: runColumns },
  { names: storeNames, schema: buildStructuralSchema(storeManifest), columns: storeColumns },
  { names: policyNames, schema: buildStructuralSchema(policyManifest), columns: policyColumns },
];

/** The CustomResourceDefinition of a kind. */
export function buildCustomResourceDefinition({ names, schema, columns }: Kind): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      scope: names.scope,
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        singular: names.singular,
        plural: names.plural,
        shortNames: [names.shortName],
        categories: [category],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}
