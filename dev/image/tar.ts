// Writes tar archives (POSIX ustar) whose bytes depend on nothing but their entries: no times, no names of people.
import { createReadStream, statSync } from 'node:fs';

/** One entry; paths are relative, without a leading slash. Owner is root unless said otherwise. */
export type TarEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly source: string }
  | { readonly kind: 'text'; readonly path: string; readonly mode: number; readonly text: string }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

const blockSize = 512;
const typeFlags = { file: '0', text: '0', symlink: '2', directory: '5' } as const;

/** Splits a path of more than 100 bytes into ustar's prefix and name. @throws when it does not fit */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`path does not fit into a tar header: ${path}`);
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(blockSize);
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const { name, prefix } = splitPath(path);
  const mode = entry.kind === 'symlink' ? 0o777 : entry.mode;
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148); // the checksum counts its own field as blanks
  block.write(typeFlags[entry.kind], 156);
  if (entry.kind === 'symlink') block.write(entry.target, 157);
  block.write('ustar\u000000', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const padding = (size: number): Buffer => Buffer.alloc((blockSize - (size % blockSize)) % blockSize);

async function* fileContent(source: string, size: number): AsyncGenerator<Buffer> {
  let sent = 0;
  if (size > 0) {
    for await (const chunk of createReadStream(source, { end: size - 1, highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer;
      sent += bytes.length;
      yield bytes;
    }
  }
  if (sent !== size) throw new Error(`${source} became shorter while it was read`);
  yield padding(size);
}

/** The bytes of an archive with these entries, in this order. */
export async function* tarArchive(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.kind === 'file') {
      const { size } = statSync(entry.source);
      yield header(entry, size);
      yield* fileContent(entry.source, size);
    } else {
      const content = Buffer.from(entry.kind === 'text' ? entry.text : '');
      yield header(entry, content.length);
      yield content;
      yield padding(content.length);
    }
  }
  yield Buffer.alloc(2 * blockSize);
}
