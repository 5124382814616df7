// The outcome of understanding an object, and the sentences that tell what is wrong with it.
import type { z } from 'zod';

/** An object understood, or everything wrong with it, each naming its field. */
export type Parsed<T> = { readonly ok: T } | { readonly problems: readonly string[] };

/** Validates a value; defaults are filled in, unknown fields dropped. */
export function parseObject<S extends z.ZodType>(schema: S, value: unknown): Parsed<z.output<S>> {
  const read = schema.safeParse(value);
  if (read.success) return { ok: read.data };
  return { problems: read.error.issues.map(({ path, message }) => `${fieldPath(path)}: ${message}`) };
}

/** The way the API server writes a path: `spec.trainer.env[0].name`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.length === 0 ? '(root)' : steps.join('').replace(/^\./, '');
}
