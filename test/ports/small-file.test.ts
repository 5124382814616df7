// Small files of ours: replaced whole or not at all, and nothing of a failed try is left, neither on the disk nor open.
import { beforeEach, expect, test } from 'vitest';
import type { Disk, WritableFile } from '../../src/ports/disk.ts';
import { readSmallFile, replaceSmallFile } from '../../src/ports/small-file.ts';
import { FakeDisk } from '../support/fake-disk.ts';

const path = '/scratch/.reprise/note.json';
let disk: FakeDisk;

beforeEach(() => {
  disk = new FakeDisk();
  disk.addDirectory('/scratch/.reprise');
});

test('what is written is read back, and replaced', async () => {
  await replaceSmallFile(disk, path, 'one');
  await replaceSmallFile(disk, path, 'zwei ä');
  expect(await readSmallFile(disk, path, 100)).toBe('zwei ä');
  expect(disk.paths()).toEqual([path]);
});

test.each<{ name: string; prepare: () => void }>([
  { name: 'no file', prepare: () => undefined },
  { name: 'a directory', prepare: () => disk.addDirectory(path) },
  { name: 'a file too long to be ours', prepare: () => disk.write(path, new Uint8Array(11)) },
])('$name is none', async ({ prepare }) => {
  prepare();
  expect(await readSmallFile(disk, path, 10)).toBeUndefined();
  expect(disk.openFiles).toBe(0);
});

test('a draft that an earlier try left is no obstacle', async () => {
  disk.write(`${path}.new`, new Uint8Array(1000));
  await replaceSmallFile(disk, path, 'one');
  expect(await readSmallFile(disk, path, 100)).toBe('one');
  expect(disk.paths()).toEqual([path]);
});

const failing: Readonly<Record<'write' | 'commit', (file: WritableFile, cause: Error) => WritableFile>> = {
  write: (file, cause) => ({
    ...file,
    write: () => {
      throw cause;
    },
  }),
  commit: (file, cause) => ({ ...file, commit: () => Promise.reject(cause) }),
};

test.each(['write', 'commit'] as const)('where the %s fails, the file stays, and no draft', async (step) => {
  await replaceSmallFile(disk, path, 'before');
  const broken: Pick<Disk, 'create' | 'remove' | 'rename'> = {
    create: async (...args) => failing[step](await disk.create(...args), new Error('disk quota exceeded')),
    remove: (name) => disk.remove(name),
    rename: (from, to) => disk.rename(from, to),
  };
  await expect(replaceSmallFile(broken, path, 'after')).rejects.toThrow('disk quota exceeded');
  expect(await readSmallFile(disk, path, 100)).toBe('before');
  expect(disk.paths()).toEqual([path]);
});
