// The fixed fields of an object that `-o json` prints: always there, always in this order, null where a value is not known.

/** The object's fields of these names. */
export const reportFields = <T extends object>(
  object: T | undefined,
  names: readonly (keyof T & string)[],
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.map((name) => [name, object?.[name] ?? null]));
