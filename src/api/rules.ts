// A rule on a value, written once as CEL for the API server and once as a predicate for zod. Both must agree: test/api and
// test/cluster put the same table of objects to both. Transition rules (oldSelf) exist in CEL alone.
import type { z } from 'zod';

export interface Rule<T> {
  /** CEL on `self`, true for a good value */
  readonly cel: string;
  /** what is wrong and what to write instead; the API server puts the field's path before it */
  readonly message: string;
  readonly holds: (value: T) => boolean;
  /** the field below `self` that is at fault, e.g. `.store` */
  readonly fieldPath?: string;
  /** which entry of a list or map is at fault: CEL that gives its name, and the same of a value; it is put before the message */
  readonly culprit?: { readonly cel: string; readonly of: (value: T) => string | undefined };
}

/** A rule that compares the new value with the old one. The API server alone can enforce it. */
export interface TransitionRule {
  readonly cel: string;
  readonly message: string;
  readonly fieldPath?: string;
}

interface Validation {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
}

function asValidation(rule: TransitionRule & { readonly culprit?: { readonly cel: string } }): Validation {
  const { cel, message, fieldPath, culprit } = rule;
  return {
    rule: cel,
    message,
    ...(culprit === undefined ? {} : { messageExpression: `${culprit.cel} + ${celString(`: ${message}`)}` }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}

/** The schema with rules on its value; in a CRD they become x-kubernetes-validations. Call it once per schema. */
export function ruled<S extends z.ZodType>(
  schema: S,
  rules: readonly Rule<z.output<S>>[],
  transitions: readonly TransitionRule[] = [],
): S {
  const refined = rules.reduce(refine, schema);
  return refined.meta({ 'x-kubernetes-validations': [...rules, ...transitions].map(asValidation) });
}

function refine<S extends z.ZodType>(
  schema: S,
  { holds, message, culprit, fieldPath }: Rule<z.output<S>>,
): S {
  const path = fieldPath?.split('.').slice(1) ?? [];
  return schema.superRefine((value, context) => {
    if (holds(value)) return;
    const named = culprit?.of(value);
    context.addIssue({
      code: 'custom',
      path: [...path], // a copy: zod completes it in place
      message: named === undefined ? message : `${named}: ${message}`,
    });
  });
}

/** A rule on a string: it must match. The pattern must mean the same in RE2 (the API server's) and in JavaScript. */
export function matching(pattern: RegExp, message: string): Rule<string> {
  return {
    cel: `self.matches(${celString(pattern.source)})`,
    message,
    holds: (value) => pattern.test(value),
  };
}

/** A string literal of CEL. */
export const celString = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const absolute = /^(\/[^/:]+)+$/;
const detour = /(^|\/)\.\.?(\/|$)/;

/** A rule on a path, or on the path in a field: absolute and written in one way only, so that prefixes can be compared. */
export function cleanPath(): Rule<string>;
export function cleanPath<F extends string>(field: F): Rule<Readonly<Record<F, string>>>;
export function cleanPath(field?: string): Rule<string> | Rule<Readonly<Record<string, string>>> {
  const self = field === undefined ? 'self' : `self.${field}`;
  const message = `${field ?? 'the path'} must be absolute, not /, without '.', '..', '//', ':' or a '/' at the end`;
  const cel = `${self}.matches(${celString(absolute.source)}) && !${self}.matches(${celString(detour.source)})`;
  const isClean = (path = ''): boolean => absolute.test(path) && !detour.test(path);
  if (field === undefined) return { cel, message, holds: isClean };
  return {
    cel,
    message,
    holds: (value: Readonly<Record<string, string>>) => isClean(value[field]),
    fieldPath: `.${field}`,
  };
}

/** A rule on an object: exactly one of these optional fields is given. */
export function exactlyOne<F extends string>(
  fields: readonly F[],
  cure = 'give one and remove the others',
): Rule<Readonly<Partial<Record<F, unknown>>>> {
  const given = fields.map((field) => `has(self.${field})`).join(', ');
  return {
    cel: `[${given}].filter(given, given).size() == 1`,
    message: `exactly one of ${fields.join(', ')} must be given: ${cure}`,
    holds: (value) => fields.filter((field) => value[field] !== undefined).length === 1,
  };
}
