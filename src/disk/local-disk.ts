// The scratch volume as Linux gives it. Free space is asked for before a file is made; Node cannot reserve it, so a
// write may still find the disk full.
import { type BigIntStats, constants, watch } from 'node:fs';
import { access, copyFile, lstat, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bytes } from '../domain/units.ts';
import { type Disk, DiskFullError, type FileFacts } from '../ports/disk.ts';
import {
  asDiskError,
  createForWriting,
  type DiskUse,
  openForReading,
  reopenForWriting,
} from './local-file.ts';

/** The disk of this machine. In a pod the trainer may put anything there: no link is followed. A user's links are followed. */
export function makeLocalDisk(use: DiskUse = 'Pod'): Disk {
  return {
    list,
    stat: (path) => factsOf(path, path.slice(path.lastIndexOf('/') + 1), use === 'User' ? stat : lstat),
    makeDirectory: async (path) => {
      await mkdir(path, { recursive: true });
    },
    openRead: (path) => openForReading(path, use),
    create: async (path, sizeBytes) => {
      const free = await freeBytes(dirname(path));
      if (free < sizeBytes) throw new DiskFullError(`${path} needs ${sizeBytes} bytes, ${free} are free`);
      return createForWriting(path, sizeBytes, use);
    },
    reopen: async (path) => reopenForWriting(path),
    snapshot,
    rename: async (from, to) => {
      await rename(from, to);
      await forceDirectory(dirname(to));
    },
    remove: (path) => rm(path, { recursive: true, force: true }),
    freeBytes,
    unwritable,
    hint,
  };
}

async function list(directory: string): Promise<readonly FileFacts[]> {
  const names = await readdir(directory).catch(undefinedWhenAbsent);
  const facts = await Promise.all((names ?? []).map((name) => factsOf(join(directory, name), name)));
  return facts.filter((found) => found !== undefined);
}

async function factsOf(path: string, name: string, look = lstat): Promise<FileFacts | undefined> {
  const stats: BigIntStats | undefined = await look(path, { bigint: true }).catch(undefinedWhenAbsent);
  if (stats === undefined) return undefined;
  return {
    name,
    isFile: stats.isFile(),
    sizeBytes: Number(stats.size),
    modifiedAt: stats.mtimeNs,
    inode: stats.ino,
  };
}

function undefinedWhenAbsent(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
  throw cause;
}

/** The kernel clones the extents, or copies them itself: no byte passes through this process. */
async function snapshot(from: string, to: string): Promise<void> {
  const facts = await factsOf(from, from);
  if (facts?.isFile !== true) throw new Error(`${from} is not a regular file`);
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (cause) {
    await rm(to, { force: true });
    throw asDiskError(cause, to);
  }
}

async function forceDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function freeBytes(path: string): Promise<Bytes> {
  const facts = await statfs(path, { bigint: true });
  return Number(facts.bavail * facts.bsize);
}

async function unwritable(directory: string): Promise<string | undefined> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** inotify where there is any; a directory that cannot be watched is polled all the same. */
function hint(directory: string, changed: () => void): Disposable {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return { [Symbol.dispose]: () => watcher.close() };
  } catch {
    return { [Symbol.dispose]: () => undefined };
  }
}
