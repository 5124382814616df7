// Collects programs and directories of this machine as entries of an image layer, with the shared libraries they are linked to.
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, run } from '../process/command.ts';
import type { TarEntry } from './tar.ts';

const relative = (path: string): string => path.replace(/^\/+/, '');

/** `source` as the file `path` of the image, followed through symlinks. */
export const fileEntry = (source: string, path: string = source): TarEntry => ({
  kind: 'file',
  path: relative(path),
  mode: statSync(source).mode & 0o777,
  source: realpathSync(source),
});

// ldd prints "name => /path (address)" or "/path (address)" per library. It fails when a program is static: what it printed counts.
async function librariesOf(programs: readonly string[]): Promise<readonly string[]> {
  const printed = await run('ldd', programs).catch((thrown: unknown) => {
    if (thrown instanceof CommandError) return thrown.stdout;
    throw thrown;
  });
  return [...new Set(printed.match(/\/\S+(?= \(0x)/g))].toSorted();
}

/** The shared libraries of `programs` (and their loader), at the paths the loader looks for. */
export async function libraryEntries(programs: readonly string[]): Promise<readonly TarEntry[]> {
  return (await librariesOf(programs)).map((path) => fileEntry(path));
}

/** All files and symlinks below `source`, at `path` in the image, sorted; `skip` leaves out a path below source. */
export function treeEntries(
  source: string,
  path: string,
  skip: (below: string) => boolean,
): readonly TarEntry[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((below) => !skip(below))
    .toSorted()
    .flatMap((below): TarEntry[] => {
      const from = join(source, below);
      const to = relative(join(path, below));
      const stat = lstatSync(from);
      if (stat.isSymbolicLink()) return [{ kind: 'symlink', path: to, target: readlinkSync(from) }];
      return stat.isFile() ? [fileEntry(from, to)] : [];
    });
}

/** `entries` with the directories they lie in before them; a path given twice appears once. */
export function withDirectories(entries: readonly TarEntry[]): readonly TarEntry[] {
  const unique = new Map(entries.map((entry) => [entry.path, entry]));
  const directories = new Set<string>();
  for (const path of unique.keys())
    for (let at = dirname(path); at !== '.' && at !== '/'; at = dirname(at)) directories.add(at);
  const missing = [...directories].filter((path) => !unique.has(path)).toSorted();
  return [...missing.map((path): TarEntry => ({ kind: 'directory', path, mode: 0o755 })), ...unique.values()];
}
