// How every JSON document of ours is written and read: one version field, one parse, one kind of error.
import { z } from 'zod';

/** A document that cannot be understood; the message names it and the cure. */
export class DocumentError extends Error {
  readonly code: 'Malformed' | 'NewerLayout';

  constructor(code: 'Malformed' | 'NewerLayout', message: string) {
    super(message);
    this.name = 'DocumentError';
    this.code = code;
  }
}

/** The newest layout this program writes and fully understands. */
const layoutVersion = 1;

export interface DocumentCodec<T> {
  /** The document as text, keys in schema order. */
  format(value: T): string;
  /** The document read back; throws {@link DocumentError} for anything else. `where` names it in the message. */
  parse(text: string, where: string): T;
}

/** The codec of a schema whose `version` field tells its layout. */
export function documentCodec<S extends z.ZodType<{ version: number }>>(
  schema: S,
): DocumentCodec<z.output<S>> {
  return {
    format: (value) => `${JSON.stringify(z.encode(schema, value))}\n`,
    parse: (text, where) => {
      const json = readJson(text, where);
      const version = versionOf(json);
      if (version !== undefined && version > layoutVersion) {
        const message = `${where} has layout version ${version}, newer than ${layoutVersion}: upgrade this program to change anything here.`;
        throw new DocumentError('NewerLayout', message);
      }
      const read = schema.safeParse(json);
      if (read.success) return read.data;
      const faults = read.error.issues.map(
        (issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`,
      );
      throw new DocumentError('Malformed', `${where} is not what Reprise writes: ${faults.join('; ')}.`);
    },
  };
}

function readJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DocumentError('Malformed', `${where} is not JSON.`);
  }
}

function versionOf(json: unknown): number | undefined {
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  return typeof version === 'number' ? version : undefined;
}
