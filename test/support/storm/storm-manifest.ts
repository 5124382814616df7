// Fields as a manifest has them: what is undefined was never said.
import type { JsonObject } from '../object-storage/merge-patch.ts';

/** Without what is undefined, at any depth. */
export const manifestOf = (fields: object): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
      if (value === undefined) return [];
      const isFields = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [[name, isFields ? manifestOf(value) : value]];
    }),
  );

/** Rules as spec.retention has them. */
export const retentionManifest = ({
  maxBytes,
  ...rules
}: { readonly maxBytes?: number | undefined } & object): JsonObject =>
  manifestOf({ ...rules, maxBytes: maxBytes === undefined ? undefined : String(maxBytes) });
