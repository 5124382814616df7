// What is wrong with a file that a person or another program wrote: each problem with its path, the value and what belongs there.
import type { z } from 'zod';
import { fieldPath } from './parsed.ts';

/** The file's content understood, or everything wrong with it. What is null counts as absent. A field that is not known is a problem. */
export function readStrictly<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path = '',
): { readonly ok: z.output<S> } | { readonly problems: readonly string[] } {
  const given = holdsNull(value) ? withoutNulls(value) : value;
  const read = schema.safeParse(given);
  if (!read.success) return { problems: read.error.issues.map((issue) => describe(issue, given, path)) };
  const unknown = unknownFields(given, read.data, path);
  if (unknown.length === 0) return { ok: read.data };
  return {
    problems: unknown.map((field) => `${field}: there is no such field: correct its name, or remove it`),
  };
}

/** The paths of the fields that were dropped in reading. */
export function unknownFields(given: unknown, read: unknown, path: string): readonly string[] {
  const found: string[] = [];
  const look = (inner: unknown, kept: unknown, where: () => string): void => {
    if (Array.isArray(inner) && Array.isArray(kept))
      for (let at = 0; at < inner.length; at += 1) look(inner[at], kept[at], () => `${where()}[${at}]`);
    else if (isRecord(inner) && isRecord(kept))
      for (const field of Object.keys(inner)) {
        const deeper = (): string => (where() === '' ? field : `${where()}.${field}`);
        if (!Object.hasOwn(kept, field)) found.push(deeper());
        else if (typeof inner[field] === 'object') look(inner[field], kept[field], deeper);
      }
  };
  look(given, read, () => path);
  return found;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Mostly nothing is null, and nothing is copied then: files may be large. */
function holdsNull(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  return value === null || Object.values(value).some(holdsNull);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const given = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(given.map(([field, inner]) => [field, withoutNulls(inner)]));
}

function describe(issue: z.core.$ZodIssue, given: unknown, path: string): string {
  const inner = fieldPath(issue.path);
  const where = [path, inner === '(root)' ? '' : inner].filter((part) => part !== '').join('.');
  const value = issue.path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    given,
  );
  const name = where === '' ? 'the whole' : where.replaceAll('.[', '[');
  return value === undefined
    ? `${name} is missing: it ${wanted(issue)}`
    : `${name} is ${shown(value)}: it ${wanted(issue)}`;
}

const mostShown = 60;

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${articled[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
    default:
      return issue.message;
  }
}

/** Whatever number is asked for is a whole one. */
const articled: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object of texts',
};
