// Layers of container images made of files of this machine, kept in the cache under the hash of what they contain: an unchanged layer
// is not written twice.
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { tarArchive, type TarEntry } from './tar.ts';

/** An uncompressed layer on disk. */
export interface ImageLayer {
  readonly file: string;
  /** sha256 of the file, hexadecimal: the layer's diff id */
  readonly digest: string;
}

// The content decides, not the time of change: a fresh checkout or install of the same files gives the same layer.
function contentKey(entries: readonly TarEntry[]): string {
  const hash = createHash('sha256');
  for (const entry of entries) {
    if (entry.kind === 'file') {
      const content = createHash('sha256').update(readFileSync(entry.source)).digest('hex');
      hash.update(JSON.stringify([entry.path, entry.mode, content]));
    } else hash.update(JSON.stringify(entry));
  }
  return hash.digest('hex').slice(0, 32);
}

async function write(entries: readonly TarEntry[], file: string): Promise<string> {
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of tarArchive(entries)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(hashed, createWriteStream(file));
  return hash.digest('hex');
}

/** The layer of these entries, from `cache` or written there. */
export async function buildLayer(entries: readonly TarEntry[], cache: string): Promise<ImageLayer> {
  mkdirSync(cache, { recursive: true });
  const key = contentKey(entries);
  const file = join(cache, `${key}.tar`);
  const note = join(cache, `${key}.digest`); // written last: with it the layer is whole
  if (existsSync(note) && existsSync(file)) return { file, digest: readFileSync(note, 'utf8') };
  const partial = `${file}.${process.pid}`;
  try {
    const digest = await write(entries, partial);
    renameSync(partial, file);
    writeFileSync(note, digest);
    return { file, digest };
  } finally {
    rmSync(partial, { force: true });
  }
}
