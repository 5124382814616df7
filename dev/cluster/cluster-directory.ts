// Where clusters live and who owns them. A cluster of a test lies in a directory of its own below one base and names the process
// that started it, so that whoever comes later can tell an abandoned one.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isAlive, parseProcessRecord, recordProcess, type ProcessRecord } from '../process/process-record.ts';

const ownerFile = (directory: string): string => join(directory, 'owner.json');

const base = (): string => join(tmpdir(), `reprise-clusters-${userInfo().uid}`);

/** Names this process as the owner of `directory`, which is made when missing. */
export function ownDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(ownerFile(directory), JSON.stringify(recordProcess(process.pid)));
}

/** Leaves `directory` without an owner: it stays until somebody removes it. */
export function disownDirectory(directory: string): void {
  rmSync(ownerFile(directory), { force: true });
}

/** The running process that owns `directory`; undefined when there is none. */
export function ownerOf(directory: string): ProcessRecord | undefined {
  if (!existsSync(ownerFile(directory))) return undefined;
  const owner = parseProcessRecord(readFileSync(ownerFile(directory), 'utf8'));
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

/** A new directory below the base, owned by this process. */
export function makeOwnedDirectory(): string {
  mkdirSync(base(), { recursive: true, mode: 0o700 });
  const directory = mkdtempSync(join(base(), 'c-'));
  ownDirectory(directory);
  return directory;
}

// Without the file it is being made or being removed.
const isAbandoned = (directory: string): boolean =>
  existsSync(ownerFile(directory)) && ownerOf(directory) === undefined;

/** Directories below the base whose owner no longer runs. */
export function abandonedDirectories(): readonly string[] {
  if (!existsSync(base())) return [];
  return readdirSync(base())
    .map((name) => join(base(), name))
    .filter(isAbandoned);
}
