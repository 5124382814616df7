// What the agent asks of the scratch volume it shares with the trainer, and the CLI of its user's files. Paths are absolute.
import type { Bytes } from '../domain/units.ts';

export interface FileFacts {
  readonly name: string;
  readonly isFile: boolean;
  readonly sizeBytes: Bytes;
  /** Modification time in nanoseconds since the epoch. */
  readonly modifiedAt: bigint;
  readonly inode: bigint;
}

export interface ReadableFile {
  readonly sizeBytes: Bytes;
  /** Fills `into` from `offset` and returns how many bytes there were: fewer only where the file ends. */
  read(offset: number, into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

export interface WritableFile {
  /** Writes at once, before it returns. */
  write(offset: number, chunk: Uint8Array): void;
  /** Forces the bytes to the disk and closes the file. */
  commit(): Promise<void>;
  /** Closes the file and removes it. */
  discard(): Promise<void>;
}

export interface Disk {
  /** The entries of a directory; empty when it does not exist. */
  list(directory: string): Promise<readonly FileFacts[]>;
  /** A file's facts; undefined when it does not exist. */
  stat(path: string): Promise<FileFacts | undefined>;
  makeDirectory(path: string): Promise<void>;
  /** Opens a regular file; open, it can be read to its end even after it was removed. */
  openRead(path: string): Promise<ReadableFile>;
  /** A new file of this size, in a pod readable and writable by the group; DiskFull when it does not fit, then or at a write. */
  create(path: string, sizeBytes: Bytes): Promise<WritableFile>;
  /** An existing file, to write more of it; what it holds and its size stay. */
  reopen(path: string): Promise<WritableFile>;
  /** A private copy that later writes to `from` do not change: a reflink where the file system can, else a copy. */
  snapshot(from: string, to: string): Promise<void>;
  /** Renames within one file system and forces the directory to the disk. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a tree; absent is success. */
  remove(path: string): Promise<void>;
  /** Bytes that this user may still write on the file system of `path`. */
  freeBytes(path: string): Promise<Bytes>;
  /** Why nothing can be written into a directory, as the system words it; undefined when it can. */
  unwritable(directory: string): Promise<string | undefined>;
  /** Calls back soon after something in the directory changed; only a hint, never complete. */
  hint(directory: string, changed: () => void): Disposable;
}

export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
}
