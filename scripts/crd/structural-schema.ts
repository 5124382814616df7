// From zod's JSON Schema to the structural schema a CRD wants. What it cannot mend, structural-lint.ts reports.
import { z } from 'zod';

/** The part of apiextensions' JSONSchemaProps that our CRDs use. */
export interface StructuralSchema {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  nullable?: boolean;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  items?: StructuralSchema;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema | false;
  required?: string[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: {
    rule: string;
    message: string;
    messageExpression?: string;
    fieldPath?: string;
  }[];
  /** anything else zod may print: never legal, reported by the lint */
  [keyword: string]: unknown;
}

/** The structural schema of a whole object; apiVersion, kind and metadata stay Kubernetes' own. */
export function buildStructuralSchema(object: z.ZodType): StructuralSchema {
  const printed = z.toJSONSchema(object, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
  });
  const root = mend(printed as StructuralSchema);
  const ours = Object.entries(root.properties ?? {}).filter(
    ([field]) => field === 'spec' || field === 'status',
  );
  return {
    ...root,
    properties: {
      apiVersion: { type: 'string', description: 'APIVersion of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      ...Object.fromEntries(ours),
    },
    required: (root.required ?? []).filter((field) => field === 'spec'),
  };
}

/** The keywords a schema of ours may have, in the order people read them. */
export const keywords: readonly string[] = [
  'description',
  'type',
  'x-kubernetes-int-or-string',
  'format',
  'default',
  'nullable',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
  'required',
  'items',
  'additionalProperties',
  'properties',
];

function mend(schema: StructuralSchema): StructuralSchema {
  const mended = mendInteger(mendInstant(mendIntOrString({ ...schema })));
  if (mended.items !== undefined) mended.items = mend(mended.items);
  if (typeof mended.additionalProperties === 'object')
    mended.additionalProperties = mend(mended.additionalProperties);
  if (mended.properties !== undefined) {
    const fields = Object.entries(mended.properties).map(([name, field]) => [name, mend(field)] as const);
    mended.properties = Object.fromEntries(fields);
  }
  const known = keywords.filter((keyword) => mended[keyword] !== undefined);
  const unknown = Object.keys(mended).filter((keyword) => !keywords.includes(keyword));
  return Object.fromEntries([...known, ...unknown].map((keyword) => [keyword, mended[keyword]]));
}

/** A union marked int-or-string has types inside anyOf, which the API server allows only in one very form: leave it out. */
function mendIntOrString(schema: StructuralSchema): StructuralSchema {
  if (schema['x-kubernetes-int-or-string'] !== true) return schema;
  const { anyOf: _, ...rest } = schema;
  return rest;
}

/** The API server checks the format date-time itself; zod's pattern for it is 300 characters long. */
function mendInstant(schema: StructuralSchema): StructuralSchema {
  if (schema.format !== 'date-time') return schema;
  const { pattern: _, ...rest } = schema;
  return rest;
}

const int32 = 2 ** 31 - 1;

/** zod prints the whole range of an integer as its bounds; OpenAPI has formats for that. */
function mendInteger(schema: StructuralSchema): StructuralSchema {
  if (schema.type !== 'integer') return schema;
  const { minimum = -Infinity, maximum = Infinity, ...rest } = schema;
  const isWide = minimum < -int32 - 1 || maximum > int32;
  return {
    ...rest,
    format: isWide ? 'int64' : 'int32',
    ...(minimum <= -int32 - 1 ? {} : { minimum }),
    ...(maximum === int32 || maximum >= Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}
