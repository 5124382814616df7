// What server-side apply makes of an object's fields, for a manager that claims each of them for the first time: maps merge, items of
// list maps are found by their keys, everything else is replaced.
import { isJsonObject } from './merge-patch.ts';

/** The keys of our list maps, as the CRDs name them. */
const listMaps: Readonly<Record<string, readonly string[]>> = { '.spec.pins': ['update', 'attempt'] };

/** The object with the fields. */
export function applyFields(before: unknown, fields: unknown, path = ''): unknown {
  const keys = listMaps[path];
  if (Array.isArray(fields) && keys !== undefined) return mergeItems(before, fields, keys);
  if (!isJsonObject(fields)) return fields;
  const merged: Record<string, unknown> = isJsonObject(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(fields))
    merged[name] = applyFields(merged[name], value, `${path}.${name}`);
  return merged;
}

function mergeItems(before: unknown, items: readonly unknown[], keys: readonly string[]): unknown {
  const keyOf = (item: unknown): string =>
    JSON.stringify(keys.map((key) => (isJsonObject(item) ? item[key] : undefined)));
  const merged = new Map((Array.isArray(before) ? before : []).map((item) => [keyOf(item), item as unknown]));
  for (const item of items) merged.set(keyOf(item), item);
  return [...merged.values()];
}
