// A scratch volume in memory, with the trainer's side of it: writing in place, tearing, moving, filling the disk.
import { dirname } from 'node:path';
import {
  type Disk,
  DiskFullError,
  type FileFacts,
  type ReadableFile,
  type WritableFile,
} from '../../src/ports/disk.ts';

interface Node {
  bytes: Uint8Array;
  modifiedAt: bigint;
  readonly inode: bigint;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The {@link Disk} port over a map of paths. Modification times and inodes count up by themselves. */
export class FakeDisk implements Disk {
  /** Bytes the whole volume holds; lower it to fill the disk. */
  capacityBytes = Number.MAX_SAFE_INTEGER;
  /** The file system became read-only, for everybody. */
  isReadOnly = false;
  /** Only the trainer may write. */
  isClosed = false;
  /** While set, no look at a directory succeeds. */
  unreadable: Error | undefined;
  /** How many files are open for reading. */
  openFiles = 0;
  /** Bytes read through {@link openRead} so far. */
  bytesRead = 0;
  /** Runs while a snapshot is being taken, after its bytes were read: what a trainer does meanwhile. */
  duringSnapshot: (from: string) => void = () => undefined;
  /** Runs when half of a snapshot was read: the second half is of what lies there then. */
  midSnapshot: (from: string) => void = () => undefined;
  /** How much of a snapshot was read by then. */
  midSnapshotAt = 0.5;
  readonly #files = new Map<string, Node>();
  readonly #directories = new Set<string>(['/']);
  readonly #hints = new Map<string, Set<() => void>>();
  #ticks = 0n;

  /** Opens with O_TRUNC and writes, as the trainer does: the inode stays. Missing directories are made. */
  write(path: string, bytes: Uint8Array): void {
    this.#requireWritable(path);
    this.addDirectory(dirname(path));
    const known = this.#files.get(path);
    this.#reserve(path, bytes.byteLength - (known?.bytes.byteLength ?? 0));
    this.#ticks += 1n;
    const written = { bytes: bytes.slice(), modifiedAt: this.#ticks };
    // whoever has the file open sees what is written into it
    if (known === undefined) this.#files.set(path, { ...written, inode: this.#ticks });
    else Object.assign(known, written);
    this.#changed(path);
  }

  /** Changes the bytes of a file between two ticks of the file system's clock: it looks as before. */
  touchUnseen(path: string, bytes: Uint8Array): void {
    this.#nodeAt(path).bytes = bytes.slice();
  }

  /** Makes a directory and those above it. */
  addDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    this.addDirectory(dirname(path));
    this.#directories.add(path);
  }

  /** The bytes at a path, undefined when there is no file. */
  bytesAt(path: string): Uint8Array | undefined {
    return this.#files.get(path)?.bytes;
  }

  /** Every file below a directory, sorted. */
  paths(below = '/'): string[] {
    return [...this.#files.keys()].filter((path) => path.startsWith(below)).toSorted();
  }

  async list(directory: string): Promise<readonly FileFacts[]> {
    if (this.unreadable !== undefined) throw this.unreadable;
    const inside = [...this.#files.keys(), ...this.#directories].filter(
      (path) => path !== directory && dirname(path) === directory,
    );
    return inside.map((path) => this.#facts(path)).filter((facts) => facts !== undefined);
  }

  async stat(path: string): Promise<FileFacts | undefined> {
    return this.#facts(path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.addDirectory(path);
  }

  async openRead(path: string): Promise<ReadableFile> {
    const node = this.#nodeAt(path);
    this.openFiles += 1;
    return {
      sizeBytes: node.bytes.byteLength,
      read: async (offset, into) => {
        const piece = node.bytes.subarray(offset, offset + into.byteLength);
        into.set(piece);
        this.bytesRead += piece.byteLength;
        return piece.byteLength;
      },
      close: async () => {
        this.openFiles -= 1;
      },
    };
  }

  async create(path: string, sizeBytes: number): Promise<WritableFile> {
    if (!this.#directories.has(dirname(path))) throw new Error(`ENOENT: ${path}`);
    if (this.#files.has(path)) throw new Error(`EEXIST: ${path}`);
    if ((await this.freeBytes(path)) < sizeBytes) throw new DiskFullError(`${path} needs ${sizeBytes} bytes`);
    this.write(path, new Uint8Array(sizeBytes));
    return this.#writable(path);
  }

  async reopen(path: string): Promise<WritableFile> {
    return this.#writable(path);
  }

  #writable(path: string): WritableFile {
    const node = this.#nodeAt(path);
    let open = true;
    return {
      write: (offset, chunk) => {
        if (!open) throw new Error(`${path} is closed`);
        const size = Math.max(node.bytes.byteLength, offset + chunk.byteLength);
        this.#reserve(path, size - node.bytes.byteLength);
        const grown = size > node.bytes.byteLength ? new Uint8Array(size) : node.bytes;
        if (grown !== node.bytes) grown.set(node.bytes);
        grown.set(chunk, offset);
        node.bytes = grown;
        this.#ticks += 1n;
        node.modifiedAt = this.#ticks;
      },
      commit: async () => {
        open = false;
      },
      discard: async () => {
        open = false;
        await this.remove(path);
      },
    };
  }

  async snapshot(from: string, to: string): Promise<void> {
    if (this.isClosed) throw new Error(`EACCES: permission denied, copyfile '${from}' -> '${to}'`);
    const copied = this.#nodeAt(from).bytes.slice();
    const half = Math.floor(copied.byteLength * this.midSnapshotAt);
    this.midSnapshot(from);
    const { bytes } = this.#nodeAt(from);
    this.write(to, Buffer.concat([copied.subarray(0, half), bytes.subarray(half)]));
    this.duringSnapshot(from);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#requireWritable(from);
    const node = this.#nodeAt(from);
    this.#files.delete(from);
    this.#files.set(to, node);
    this.#changed(to);
  }

  async remove(path: string): Promise<void> {
    if (this.#files.has(path)) this.#requireWritable(path);
    for (const known of this.#files.keys())
      if (known === path || known.startsWith(`${path}/`)) this.#files.delete(known);
    for (const known of this.#directories)
      if (known === path || known.startsWith(`${path}/`)) this.#directories.delete(known);
    this.#changed(path);
  }

  async freeBytes(_path: string): Promise<number> {
    const used = [...this.#files.values()].reduce((sum, node) => sum + node.bytes.byteLength, 0);
    return Math.max(0, this.capacityBytes - used);
  }

  async unwritable(directory: string): Promise<string | undefined> {
    if (!this.#directories.has(directory.replace(/\/$/, ''))) return `ENOENT: ${directory}`;
    if (this.isClosed) return `EACCES: permission denied, access '${directory}'`;
    return this.isReadOnly ? `EROFS: read-only file system, access '${directory}'` : undefined;
  }

  hint(directory: string, changed: () => void): Disposable {
    const listeners = this.#hints.get(directory) ?? new Set();
    this.#hints.set(directory, listeners.add(changed));
    return { [Symbol.dispose]: () => listeners.delete(changed) };
  }

  #facts(path: string): FileFacts | undefined {
    const name = nameOf(path);
    if (this.#directories.has(path)) return { name, isFile: false, sizeBytes: 0, modifiedAt: 0n, inode: 0n };
    const node = this.#files.get(path);
    if (node === undefined) return undefined;
    const { inode, modifiedAt } = node;
    return { name, isFile: true, sizeBytes: node.bytes.byteLength, modifiedAt, inode };
  }

  #nodeAt(path: string): Node {
    const node = this.#files.get(path);
    if (node === undefined) throw new Error(`ENOENT: ${path}`);
    return node;
  }

  #requireWritable(path: string): void {
    if (this.isReadOnly) throw new Error(`EROFS: read-only file system, open '${path}'`);
  }

  #reserve(path: string, more: number): void {
    const used = [...this.#files.values()].reduce((sum, node) => sum + node.bytes.byteLength, 0);
    if (used + more > this.capacityBytes) throw new DiskFullError(`no space is left for ${path}`);
  }

  #changed(path: string): void {
    for (const changed of this.#hints.get(dirname(path)) ?? []) changed();
  }
}
