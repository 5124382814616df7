// The rules by which the API server accepts a schema as structural (apiextensions' validation), and ours on top: everything is
// bounded, everything is described. Each fault names the path, what is wrong and the cure.
import { keywords, type StructuralSchema } from './structural-schema.ts';

type Check = (schema: StructuralSchema, place: Place) => string | undefined;

interface Place {
  readonly path: string;
  /** a scalar that is an item or a value is described by its list or map */
  readonly inner: boolean;
}

const legal: ReadonlySet<string> = new Set(keywords);

/** The API server's own fields at the root. */
const kubernetesOwn = new Set(['apiVersion', 'kind', 'metadata']);

const types = new Set(['object', 'array', 'string', 'integer', 'boolean']);
const formats = new Set(['int32', 'int64', 'date-time']);

/** Pattern syntax of JavaScript that RE2, the API server's, does not know. */
const notRe2 = /\(\?[=!<]|\\[1-9]|\\u/;

const checks: readonly Check[] = [
  (schema) => {
    const unknown = Object.keys(schema).filter((keyword) => !legal.has(keyword));
    if (unknown.length === 0) return undefined;
    return `has ${unknown.join(', ')}, which a structural schema or this project does not allow: write the field without unions, references and transforms`;
  },
  ({ type, 'x-kubernetes-int-or-string': intOrString }) => {
    if (intOrString === true)
      return type === undefined ? undefined : 'is int-or-string and has a type as well';
    if (type === undefined) return 'has no type: any and unknown cannot be validated; say what it is';
    return types.has(type) ? undefined : `has type ${type}: use ${[...types].join(', ')}`;
  },
  ({ properties, additionalProperties }) => {
    if (additionalProperties === false)
      return 'has additionalProperties false: use z.object, not strictObject';
    const both = properties !== undefined && additionalProperties !== undefined;
    return both ? 'has properties and additionalProperties: use z.object or z.record' : undefined;
  },
  ({ type, properties = {}, additionalProperties }) =>
    type === 'object' && Object.keys(properties).length === 0 && additionalProperties === undefined
      ? 'is an object without fields: everything in it would be pruned'
      : undefined,
  ({ type, items }) =>
    type === 'array' && items === undefined ? 'is an array without items: say of what' : undefined,
  ({ type, maxItems }) =>
    type === 'array' && maxItems === undefined ? 'has no maxItems: add .max(n)' : undefined,
  ({ type, maxLength, enum: values, format, 'x-kubernetes-int-or-string': intOrString }) =>
    (type === 'string' || intOrString === true) &&
    maxLength === undefined &&
    values === undefined &&
    format === undefined
      ? 'has no maxLength: add .max(n)'
      : undefined,
  ({ additionalProperties, maxProperties }) =>
    additionalProperties !== undefined && maxProperties === undefined
      ? 'has no maxProperties: add .meta({ maxProperties: n })'
      : undefined,
  ({ format }) =>
    format === undefined || formats.has(format)
      ? undefined
      : `has format ${format}, which the API server ignores`,
  ({ pattern }) =>
    pattern !== undefined && notRe2.test(pattern) ? 'has a pattern that RE2 does not know' : undefined,
  ({ properties = {}, required = [] }) => {
    const missing = required.filter((field) => !(field in properties));
    return missing.length === 0 ? undefined : `requires ${missing.join(', ')}, which it does not have`;
  },
  ({ properties = {}, required = [] }) => {
    const misleading = required.filter((field) => properties[field]?.default !== undefined);
    return misleading.length === 0 ? undefined : `requires ${misleading.join(', ')}, which has a default`;
  },
  ({ items, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] }) => {
    if (listType !== 'map') return keys.length === 0 ? undefined : 'has map keys but is no list of type map';
    if (keys.length === 0) return 'is a list of type map without map keys';
    const { required = [], properties = {} } = items ?? {};
    const optional = keys.filter((key) => !required.includes(key) && properties[key]?.default === undefined);
    return optional.length === 0
      ? undefined
      : `has map keys that its items neither require nor have a default for: ${optional.join(', ')}`;
  },
  ({ 'x-kubernetes-validations': rules = [] }) =>
    rules.some(({ message }) => !message)
      ? 'has a rule without a message: say what is wrong and the cure'
      : undefined,
  ({ description }, { inner }) =>
    description === undefined && !inner
      ? 'has no description: kubectl explain prints it; add .describe(…)'
      : undefined,
];

/** Every fault of a schema, one sentence each; none means that the API server and the house rules accept it. */
export function lintStructuralSchema(
  schema: StructuralSchema,
  place: Place = { path: '', inner: false },
): string[] {
  const at = place.path === '' ? '(root)' : place.path;
  const own = checks.flatMap((check) => {
    const fault = check(schema, place);
    return fault === undefined ? [] : [`${at} ${fault}`];
  });
  return [
    ...own,
    ...childrenOf(schema, place.path).flatMap(([child, where]) => lintStructuralSchema(child, where)),
  ];
}

function childrenOf(schema: StructuralSchema, path: string): [StructuralSchema, Place][] {
  const isOurs = ([name]: [string, unknown]): boolean => path !== '' || !kubernetesOwn.has(name);
  const described = Object.entries(schema.properties ?? {}).filter(isOurs);
  const fields = described.map(([name, field]): [StructuralSchema, Place] => [
    field,
    { path: path === '' ? name : `${path}.${name}`, inner: false },
  ]);
  const inner = [schema.items, schema.additionalProperties]
    .filter((child) => typeof child === 'object')
    .map((child): [StructuralSchema, Place] => [child, { path: `${path}[]`, inner: true }]);
  return [...fields, ...inner];
}
