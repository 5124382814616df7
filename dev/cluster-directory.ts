// Where clusters live and who owns them. A cluster of a test lies in a directory of its own below one base and names the process
// that started it, so that whoever comes later can tell an abandoned one.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isAlive, parseProcessRecord, recordProcess } from './process-record.ts';

const ownerFile = (directory: string): string => join(directory, 'owner.json');

const base = (): string => join(tmpdir(), `reprise-clusters-${userInfo().uid}`);

/** Names this process as the owner of `directory`, which is made when missing. */
export function ownDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(ownerFile(directory), JSON.stringify(recordProcess(process.pid)));
}

/** A new directory below the base, owned by this process. */
export function makeOwnedDirectory(): string {
  mkdirSync(base(), { recursive: true, mode: 0o700 });
  const directory = mkdtempSync(join(base(), 'c-'));
  ownDirectory(directory);
  return directory;
}

function isAbandoned(directory: string): boolean {
  if (!existsSync(ownerFile(directory))) return false; // being made, or being removed
  const owner = parseProcessRecord(readFileSync(ownerFile(directory), 'utf8'));
  return owner === undefined || !isAlive(owner);
}

/** Directories below the base whose owner no longer runs. */
export function abandonedDirectories(): readonly string[] {
  if (!existsSync(base())) return [];
  return readdirSync(base())
    .map((name) => join(base(), name))
    .filter(isAbandoned);
}
