// The structural lint refuses whatever the API server would, and everything unbounded or undescribed; what zod prints is mended
// where it can be.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ruled } from '../../src/api/rules.ts';
import { instant, quantity } from '../../src/api/scalars.ts';
import { lintStructuralSchema } from '../../scripts/crd/structural-lint.ts';
import { buildStructuralSchema, type StructuralSchema } from '../../scripts/crd/structural-schema.ts';

/** A CRD whose spec has one field. */
function schemaOf(field: z.ZodType): StructuralSchema {
  const spec = z.object({ field }).describe('What is wanted.');
  return buildStructuralSchema(z.object({ spec }).describe('An object.'));
}

const fieldOf = (field: z.ZodType): StructuralSchema | undefined =>
  schemaOf(field).properties?.['spec']?.properties?.['field'];

const text = z.string().max(8);

describe('the lint refuses', () => {
  test.each([
    { name: 'an unbounded string', field: z.string(), says: 'spec.field has no maxLength: add .max(n)' },
    { name: 'an unbounded list', field: z.array(text), says: 'spec.field has no maxItems: add .max(n)' },
    {
      name: 'an unbounded string in a list',
      field: z.array(z.string()).max(2),
      says: 'spec.field[] has no maxLength',
    },
    { name: 'an unbounded map', field: z.record(z.string(), text), says: 'spec.field has no maxProperties' },
    { name: 'anything at all', field: z.unknown(), says: 'spec.field has no type' },
    { name: 'an object without fields', field: z.object({}), says: 'spec.field is an object without fields' },
    {
      name: 'a strict object',
      field: z.strictObject({ a: text.describe('A.') }),
      says: 'spec.field has additionalProperties false',
    },
    {
      name: 'a loose object',
      field: z.looseObject({ a: text.describe('A.') }),
      says: 'spec.field has properties and additionalProperties: use z.object',
    },
    { name: 'a union', field: z.union([text, z.int32()]), says: 'spec.field has anyOf, which' },
    {
      name: 'a discriminated union',
      field: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a') }),
        z.object({ kind: z.literal('b') }),
      ]),
      says: 'spec.field has oneOf',
    },
    {
      name: 'a reference',
      field: z.object({ a: text.meta({ id: 'a' }).describe('A.') }),
      says: '(root) has definitions, which',
    },
    { name: 'a read-only field', field: text.readonly(), says: 'spec.field has readOnly' },
    { name: 'a format of its own', field: z.email().max(8), says: 'spec.field has format email' },
    { name: 'a floating-point number', field: z.number(), says: 'spec.field has type number' },
    {
      name: 'a pattern with look-ahead',
      field: text.regex(/^(?!a)/),
      says: 'a pattern that RE2 does not know',
    },
    {
      name: 'a field that is required and has a default',
      field: z.object({ a: text.catch('x').describe('A.') }),
      says: 'requires a, which has a default',
    },
    {
      name: 'a list map without keys',
      field: z.array(text).max(2).meta({ 'x-kubernetes-list-type': 'map' }),
      says: 'spec.field is a list of type map without map keys',
    },
    {
      name: 'map keys that are optional',
      field: z
        .array(z.object({ name: text.optional().describe('Name.') }))
        .max(2)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
      says: 'spec.field has map keys that its items neither require nor have a default for: name',
    },
    {
      name: 'map keys of no map',
      field: z
        .array(text)
        .max(2)
        .meta({ 'x-kubernetes-list-map-keys': ['name'] }),
      says: 'spec.field has map keys but is no list of type map',
    },
    {
      name: 'a rule without a message',
      field: text.meta({ 'x-kubernetes-validations': [{ rule: 'true' }] }),
      says: 'spec.field has a rule without a message',
    },
  ])('$name', ({ field, says }) => {
    expect(lintStructuralSchema(schemaOf(field.describe('A field.'))).join('\n')).toContain(says);
  });

  test('a field without description', () => {
    expect(lintStructuralSchema(schemaOf(text))).toEqual([
      'spec.field has no description: kubectl explain prints it; add .describe(…)',
    ]);
  });

  test('what only a hand-written schema can be', () => {
    const field: StructuralSchema = {
      description: 'A field.',
      type: 'object',
      properties: { a: { type: 'integer', description: 'A.' } },
      additionalProperties: { type: 'integer' },
      maxProperties: 1,
      required: ['b'],
    };
    const list: StructuralSchema = { description: 'A list.', type: 'array', maxItems: 1 };
    const both: StructuralSchema = {
      description: 'Both.',
      type: 'string',
      'x-kubernetes-int-or-string': true,
      maxLength: 1,
    };
    expect(
      lintStructuralSchema({ type: 'object', description: 'An object.', properties: { field, list, both } }),
    ).toEqual([
      'field has properties and additionalProperties: use z.object or z.record',
      'field requires b, which it does not have',
      'list is an array without items: say of what',
      'both is int-or-string and has a type as well',
    ]);
  });
});

describe('what zod prints is mended', () => {
  test.each([
    {
      name: 'an integer of 32 bits',
      field: z.int32().min(1),
      want: { type: 'integer', format: 'int32', minimum: 1 },
    },
    { name: 'an integer', field: z.int(), want: { type: 'integer', format: 'int64' } },
    {
      name: 'an integer from 0',
      field: z.int().min(0),
      want: { type: 'integer', format: 'int64', minimum: 0 },
    },
    {
      name: 'a small integer',
      field: z.int32().min(0).max(100),
      want: { type: 'integer', format: 'int32', minimum: 0, maximum: 100 },
    },
    { name: 'an instant', field: instant, want: { type: 'string', format: 'date-time' } },
    { name: 'a literal', field: z.literal('a'), want: { type: 'string', enum: ['a'] } },
    { name: 'a default', field: z.boolean().default(true), want: { type: 'boolean', default: true } },
    {
      name: 'a nested default',
      field: z.object({ a: z.boolean().default(true).describe('A.') }).prefault({}),
      want: {
        type: 'object',
        default: {},
        properties: { a: { type: 'boolean', default: true, description: 'A.' } },
      },
    },
    {
      name: 'a rule',
      field: ruled(text, [
        { cel: "self != 'x'", message: 'must not be x: choose y', holds: (value) => value !== 'x' },
      ]),
      want: {
        type: 'string',
        maxLength: 8,
        'x-kubernetes-validations': [{ rule: "self != 'x'", message: 'must not be x: choose y' }],
      },
    },
  ])('$name', ({ field, want }) => {
    expect(fieldOf(field.describe('A field.'))).toEqual({ description: 'A field.', ...want });
    expect(lintStructuralSchema(schemaOf(field.describe('A field.')))).toEqual([]);
  });

  test('a quantity', () => {
    const mended = fieldOf(quantity.describe('A size.'));
    expect(mended).toMatchObject({ 'x-kubernetes-int-or-string': true, maxLength: 64 });
    expect(mended).not.toHaveProperty('anyOf');
  });

  test('the root keeps the fields that are Kubernetes’ own', () => {
    const root = schemaOf(text.describe('A field.'));
    expect(Object.keys(root.properties ?? {})).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    expect(root.properties?.['metadata']).toEqual({ type: 'object' });
    expect(root.required).toEqual(['spec']);
  });
});
