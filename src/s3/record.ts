// Reads what the SDK leaves untyped: any value as a record, any value as a text. Never throws.

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The value's properties; none when it has none. */
export const record = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/** The value when it is a text, else an empty one. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
