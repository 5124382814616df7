// The storages a pickle refers to, and whether the archive holds each with the length the pickle announces.

import { elementOfStorage } from './element-type.ts';
import type { PickleTuple } from './pickle-value.ts';
import { asNode } from './pickle-value.ts';
import type { Problem } from './problem.ts';
import { Rejection, quote } from './problem.ts';
import type { Directory } from './zip-directory.ts';

/** A tensor storage the pickle refers to; its bytes are the entry `<prefix>/data/<key>`. */
export interface Storage {
  readonly key: string;
  /** For example `torch.FloatStorage`. */
  readonly type: string;
  readonly elements: number;
  /** Where it was when it was saved: `cpu`, `cuda:0`. */
  readonly device: string | null;
}

/** `('storage', type, key, location, elements)`, as torch writes its persistent ids. @throws Rejection for anything else. */
export function storageOf(id: PickleTuple | undefined): Storage {
  const [word, type, key, device, elements] = id?.items ?? [];
  const name = asNode(type, 'global')?.name;
  if (word !== 'storage' || name === undefined || typeof key !== 'string' || typeof elements !== 'number') {
    throw new Rejection(
      'PickleMalformed',
      'data.pkl cannot be read: a reference outside it is no tensor storage.',
    );
  }
  return { key, type: name, elements, device: typeof device === 'string' ? device : null };
}

/** A tensor whose bytes are missing or of another length would kill the trainer when it loads. */
export function storageProblems(storages: readonly Storage[], directory: Directory): readonly Problem[] {
  const sizes = new Map(directory.entries.map((entry) => [entry.name, entry.size]));
  for (const { key, type, elements } of storages) {
    const name = `${directory.prefix}/data/${key}`;
    const size = sizes.get(name);
    if (size === undefined) {
      const message = `The tensor storage ${quote(name)} is named in data.pkl and not in the archive.`;
      return [{ code: 'StorageMissing', message }];
    }
    const bytes = elementOfStorage(type)?.bytes;
    if (bytes !== undefined && size !== elements * bytes) {
      const message = `The tensor storage ${quote(name)} has ${size} bytes where data.pkl announces ${elements * bytes}.`;
      return [{ code: 'StorageSize', message }];
    }
  }
  return [];
}
