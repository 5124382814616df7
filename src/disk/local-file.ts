// One open file of the scratch volume, for reading or for writing. It never follows a link and never waits on a pipe:
// the directory belongs to the trainer, who may put anything there.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  writeSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Bytes } from '../domain/units.ts';
import { DiskFullError, type ReadableFile, type WritableFile } from '../ports/disk.ts';

const force = promisify(fsync);

/** Whose files these are: a pod's scratch volume, shared with the trainer, or those of the user who runs the CLI. */
export type DiskUse = 'Pod' | 'User';

/** The trainer runs as another user of the same group and must be able to overwrite what it is given. */
const groupWritable = 0o664;
/** A user's own umask decides. */
const asUmaskSays = 0o666;

/** Turns "no space left" and "quota exceeded" into {@link DiskFullError}; every other error passes unchanged. */
export function asDiskError(cause: unknown, path: string): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  const code = 'code' in cause ? cause.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return cause;
  return new DiskFullError(`no space is left for ${path}`, { cause });
}

/** Opens a regular file for reading. */
export async function openForReading(path: string, use: DiskUse): Promise<ReadableFile> {
  const links = use === 'Pod' ? constants.O_NOFOLLOW : 0;
  const handle = await open(path, constants.O_RDONLY | links | constants.O_NONBLOCK);
  const facts = await handle.stat();
  if (!facts.isFile()) {
    await handle.close();
    throw new Error(`${path} is not a regular file`);
  }
  return {
    sizeBytes: facts.size,
    read: async (offset, into) => {
      let filled = 0;
      while (filled < into.byteLength) {
        const { bytesRead } = await handle.read(into, filled, into.byteLength - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    close: () => handle.close(),
  };
}

/** Creates a file of `sizeBytes`; the name must be free. */
export async function createForWriting(path: string, sizeBytes: Bytes, use: DiskUse): Promise<WritableFile> {
  const isShared = use === 'Pod';
  const mode = isShared ? groupWritable : asUmaskSays;
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  const file = writable(fd, path);
  try {
    if (isShared) fchmodSync(fd, mode);
    ftruncateSync(fd, sizeBytes);
    return file;
  } catch (cause) {
    await file.discard();
    throw asDiskError(cause, path);
  }
}

/** Opens an existing regular file, to write more of it. */
export function reopenForWriting(path: string): WritableFile {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if (fstatSync(fd).isFile()) return writable(fd, path);
  closeSync(fd);
  throw new Error(`${path} is not a regular file`);
}

function writable(fd: number, path: string): WritableFile {
  let open = true;
  const close = (): void => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    write: (offset, chunk) => {
      // A closed descriptor's number may belong to another file by now.
      if (!open) throw new Error(`${path} is closed`);
      writeWhole(fd, { offset, chunk, path });
    },
    commit: async () => {
      try {
        await force(fd);
      } catch (cause) {
        throw asDiskError(cause, path);
      } finally {
        close();
      }
    },
    discard: async () => {
      close();
      await rm(path, { force: true });
    },
  };
}

function writeWhole(
  fd: number,
  { offset, chunk, path }: { offset: number; chunk: Uint8Array; path: string },
): void {
  try {
    for (let done = 0; done < chunk.byteLength;)
      done += writeSync(fd, chunk, done, chunk.byteLength - done, offset + done);
  } catch (cause) {
    throw asDiskError(cause, path);
  }
}
