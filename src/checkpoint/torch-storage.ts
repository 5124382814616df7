// Whether an archive holds every tensor storage its pickle refers to, with the length the pickle announces.

import { elementOfStorage } from './element-type.ts';
import type { PickleStorage } from './pickle-value.ts';
import type { Problem } from './problem.ts';
import { quote } from './problem.ts';
import type { Directory } from './zip-directory.ts';

/** A tensor whose bytes are missing or of another length would kill the trainer when it loads. */
export function storageProblems(
  storages: readonly PickleStorage[],
  directory: Directory,
): readonly Problem[] {
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
