// What a person means by FILE, s3://… or RUN[@update]. An existing file always wins over a run of the same name; `ttsr/NAME` is
// always a run and `./NAME` always a file.
import { maxRunNameLength, runNames } from '../api/names.ts';
import type { Update } from '../domain/units.ts';
import { UsageError } from './errors.ts';
import { type CliWorld, pathOf } from './world.ts';

export interface RunTarget {
  readonly kind: 'Run';
  readonly name: string;
  /** Undefined = the resume point. */
  readonly update: Update | undefined;
  /** What the user wrote, where it could as well have been a file's name. */
  readonly orFile?: string;
}

export interface ObjectTarget {
  readonly kind: 'Object';
  readonly bucket: string;
  readonly key: string;
}

export interface FileTarget {
  readonly kind: 'File';
  readonly path: string;
}

export type Target = RunTarget | ObjectTarget | FileTarget;

const scheme = 's3://';
const runPattern = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)(?:@(0|[1-9][0-9]{0,14}))?$/;
const runPrefixes = [runNames.shortName, runNames.singular, runNames.plural].map((name) => `${name}/`);

/** `RUN[@update]`, also as `ttsr/RUN`; undefined for anything else. */
function parseRun(text: string): RunTarget | undefined {
  const prefix = runPrefixes.find((known) => text.startsWith(known)) ?? '';
  const [, name, , update] = runPattern.exec(text.slice(prefix.length)) ?? [];
  if (name === undefined || name.length > maxRunNameLength) return undefined;
  return { kind: 'Run', name, update: update === undefined ? undefined : Number(update) };
}

/** A run, and nothing else. @throws UsageError */
export function requireRun(text: string): RunTarget {
  const run = parseRun(text);
  if (run !== undefined) return run;
  throw new UsageError(
    `"${text}" is not a run: write its name, or name@update such as xiaoyi-zh@40000 (lower-case letters, digits and dashes)`,
  );
}

/** The name of a run, and no update of it. @throws UsageError */
export function requireWholeRun(text: string): string {
  const run = parseRun(text);
  if (run === undefined)
    throw new UsageError(
      `"${text}" is no name of a run: it has lower-case letters, digits and dashes, at most ${maxRunNameLength}`,
    );
  const { name, update } = run;
  if (update === undefined) return name;
  throw new UsageError(`"${text}" names an update: this is about the whole run, so write ${name}`);
}

/** The update that an option names; undefined when it was not given. @throws UsageError */
export function readUpdate(option: string, text: string | undefined, otherwise = ''): Update | undefined {
  if (text === undefined) return undefined;
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw new UsageError(`${option} is "${text}": it must be an update, such as 40000${otherwise}`);
}

/** `s3://bucket/key`; undefined when it is no s3:// address. @throws UsageError for half of one */
export function parseObject(text: string): ObjectTarget | undefined {
  if (!text.startsWith(scheme)) return undefined;
  const [, bucket, key] = /^([^/]+)\/(.+)$/s.exec(text.slice(scheme.length)) ?? [];
  if (bucket !== undefined && key !== undefined) return { kind: 'Object', bucket, key };
  throw new UsageError(`"${text}" does not name an object: write s3://BUCKET/KEY`);
}

/** The address of an object as people write it. */
export const formatObject = ({ bucket, key }: Pick<ObjectTarget, 'bucket' | 'key'>): string =>
  `${scheme}${bucket}/${key}`;

/** Whatever the text means. @throws UsageError */
export async function readTarget(world: CliWorld, text: string): Promise<Target> {
  const object = parseObject(text);
  if (object !== undefined) return object;
  const run = parseRun(text);
  const file: FileTarget = { kind: 'File', path: pathOf(world, text) };
  if (run === undefined) return file;
  if ((await world.disk.stat(file.path)) !== undefined) return file;
  return text.includes('/') ? run : { ...run, orFile: text };
}
