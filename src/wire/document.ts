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

/** In characters, of which none takes less than a byte. */
const longestDocument = 1024 * 1024;

export interface DocumentCodec<T> {
  /** The document as text, keys in schema order. */
  format(value: T): string;
  /** The document read back; throws {@link DocumentError} for anything else. `where` names it in the message. */
  parse(text: string, where: string): T;
}

/**
 * The codec of a schema whose `version` field tells its layout. `cure` is what to do about a document that is no such one: a sentence,
 * which ends every message that says so.
 */
export function documentCodec<S extends z.ZodType<{ version: number }>>(
  schema: S,
  cure: string,
): DocumentCodec<z.output<S>> {
  return {
    format: (value) => `${JSON.stringify(z.encode(schema, value))}\n`,
    parse: (text, where) => {
      const malformed = (fault: string): DocumentError =>
        new DocumentError('Malformed', `${where} is not what Reprise writes: ${fault}. ${cure}`);
      if (text.length > longestDocument) throw malformed('it is longer than 1 MiB');
      const json = readJson(text, malformed);
      const version = versionOf(json);
      if (version !== undefined && version > layoutVersion) {
        const message = `${where} has layout version ${version}, newer than ${layoutVersion}, so a newer Reprise wrote it: upgrade this program, which until then changes nothing here.`;
        throw new DocumentError('NewerLayout', message);
      }
      const read = schema.safeParse(json);
      if (read.success) return read.data;
      throw malformed(faultsOf(read.error.issues));
    },
  };
}

function readJson(text: string, malformed: (fault: string) => DocumentError): unknown {
  if (text.trim() === '') throw malformed('it is empty');
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
}

/** A document that is wrong in every field is not told field by field. */
const mostFaults = 3;

function faultsOf(issues: readonly z.core.$ZodIssue[]): string {
  const told = issues
    .slice(0, mostFaults)
    .map(({ path, message }) => `${path.map(String).join('.') || 'the whole'}: ${message}`);
  const more = issues.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function versionOf(json: unknown): number | undefined {
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  return typeof version === 'number' ? version : undefined;
}
