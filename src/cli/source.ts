// Opens a checkpoint for reading wherever it is: a local file, or ranges of one version of an object. Bytes are read, never run.
import type { ByteSource } from '../checkpoint/byte-source.ts';
import { CommandError, sentenceOf } from './errors.ts';
import type { RemoteCheckpoint } from './remote-checkpoint.ts';
import type { CliWorld } from './world.ts';

/** Ranges of an object; one GET with If-Match each. */
export function remoteSource({ objects, key, etag, sizeBytes }: RemoteCheckpoint): ByteSource {
  return {
    size: sizeBytes,
    read: async (offset, length, signal = endless) => {
      const within = Math.min(length, sizeBytes - offset);
      if (within <= 0) return new Uint8Array(0);
      return await objects.getRange({ key, etag, offset, length: within }, signal);
    },
  };
}

const endless = new AbortController().signal;

/** Does `use` with a local file; closes it in every case. @throws CommandError that names the file */
export async function withFile<T>(
  { disk }: CliWorld,
  { path, name }: { readonly path: string; readonly name: string },
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const facts = await disk.stat(path).catch((cause: unknown) => unreadable(name, cause));
  if (facts === undefined) throw new CommandError(`there is no file ${name}`);
  if (!facts.isFile) throw new CommandError(`${name} is not a file`);
  const file = await disk.openRead(path).catch((cause: unknown) => unreadable(name, cause));
  try {
    return await use({
      size: file.sizeBytes,
      read: async (offset, length) => {
        const into = new Uint8Array(length);
        return into.subarray(0, await file.read(offset, into));
      },
    });
  } finally {
    await file.close();
  }
}

function unreadable(name: string, cause: unknown): never {
  throw new CommandError(`${name} cannot be read: ${sentenceOf(cause)}`, { cause });
}
