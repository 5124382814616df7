// What every Disk must do, the real one and the fake alike.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Disk, DiskFullError } from '../../src/ports/disk.ts';

/** A disk under test: an empty directory on it, and a way to write as the trainer does (in place, same inode). */
export interface DiskUnderTest {
  readonly disk: Disk;
  readonly directory: string;
  /** Opens with O_TRUNC and writes. */
  readonly overwrite: (path: string, bytes: Uint8Array) => void;
  readonly dispose: () => void;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function contentOf(disk: Disk, path: string): Promise<string> {
  const file = await disk.openRead(path);
  const bytes = new Uint8Array(file.sizeBytes);
  expect(await file.read(0, bytes)).toBe(bytes.byteLength);
  await file.close();
  return new TextDecoder().decode(bytes);
}

/** Declares the suite over one implementation; call it inside a describe. */
export function diskContract(make: () => DiskUnderTest): void {
  let under: DiskUnderTest;
  const get: Get = () => ({ ...under, path: (file) => `${under.directory}/${file}` });
  beforeEach(() => {
    under = make();
  });
  afterEach(() => under.dispose());

  describe('facts', () => {
    factCases(get);
  });
  describe('writing', () => {
    writingCases(get);
  });
  describe('moving', () => {
    movingCases(get);
  });
}

type Get = () => DiskUnderTest & { readonly path: (file: string) => string };

function factCases(get: Get): void {
  test('a directory that does not exist is empty, a file that does not exist has no facts', async () => {
    const { disk, path } = get();
    expect(await disk.list(path('none'))).toEqual([]);
    expect(await disk.stat(path('none'))).toBeUndefined();
    await expect(disk.openRead(path('none'))).rejects.toThrow(/ENOENT/);
  });

  test('lists files and directories by name, and says which is which', async () => {
    const { disk, path, directory, overwrite } = get();
    overwrite(path('model_1.pt'), bytesOf('abc'));
    await disk.makeDirectory(path('deep/er'));
    const listed = (await disk.list(directory)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(listed.map(({ name, isFile }) => ({ name, isFile }))).toEqual([
      { name: 'deep', isFile: false },
      { name: 'model_1.pt', isFile: true },
    ]);
    expect(await disk.stat(path('model_1.pt'))).toEqual(listed[1]);
    expect(listed[1]?.sizeBytes).toBe(3);
  });

  test('writing in place keeps the inode and moves the modification time', async () => {
    const { disk, path, overwrite } = get();
    overwrite(path('f'), bytesOf('one'));
    const before = await disk.stat(path('f'));
    await expect
      .poll(async () => {
        overwrite(path('f'), bytesOf('two'));
        return (await disk.stat(path('f')))?.modifiedAt !== before?.modifiedAt;
      })
      .toBe(true);
    expect((await disk.stat(path('f')))?.inode).toBe(before?.inode);
  });

  test('reads any range, and less where the file ends', async () => {
    const { disk, path, overwrite } = get();
    overwrite(path('f'), bytesOf('0123456789'));
    const file = await disk.openRead(path('f'));
    const into = new Uint8Array(4);
    expect(await file.read(3, into)).toBe(4);
    expect(new TextDecoder().decode(into)).toBe('3456');
    expect(await file.read(8, into)).toBe(2);
    expect(await file.read(12, into)).toBe(0);
    await file.close();
  });

  test('an open file outlives its removal, and shows what is written into it', async () => {
    const { disk, path, overwrite } = get();
    overwrite(path('f'), bytesOf('0123456789'));
    const file = await disk.openRead(path('f'));
    overwrite(path('f'), bytesOf('abc'));
    const into = new Uint8Array(4);
    expect(await file.read(0, into)).toBe(3);
    await disk.remove(path('f'));
    overwrite(path('f'), bytesOf('another'));
    expect(await file.read(0, into)).toBe(3);
    expect(new TextDecoder().decode(into.subarray(0, 3))).toBe('abc');
    await file.close();
  });

  test('says why nothing can be written, and nothing where it can', async () => {
    const { disk, path, directory } = get();
    expect(await disk.unwritable(directory)).toBeUndefined();
    expect(await disk.unwritable(`${directory}/`)).toBeUndefined();
    expect(await disk.unwritable(path('none'))).toMatch(/ENOENT/);
  });

  test('hints at a change, and is silent once disposed', async () => {
    const { disk, path, directory, overwrite } = get();
    let hints = 0;
    const hint = disk.hint(directory, () => (hints += 1));
    await expect
      .poll(() => {
        overwrite(path('f'), bytesOf('x'));
        return hints;
      })
      .toBeGreaterThan(0);
    hint[Symbol.dispose]();
    disk.hint(path('none'), () => undefined)[Symbol.dispose]();
  });
}

function writingCases(get: Get): void {
  test('a new file takes its pieces in any order and is there once committed', async () => {
    const { disk, path } = get();
    const file = await disk.create(path('f'), 6);
    file.write(3, bytesOf('def'));
    file.write(0, bytesOf('abc'));
    await file.commit();
    expect(await contentOf(disk, path('f'))).toBe('abcdef');
    expect(() => file.write(0, bytesOf('x'))).toThrow(/closed/);
  });

  test('a discarded file is gone, also after its commit', async () => {
    const { disk, path } = get();
    const file = await disk.create(path('f'), 6);
    file.write(0, bytesOf('abc'));
    await file.discard();
    await file.discard();
    expect(await disk.stat(path('f'))).toBeUndefined();
  });

  test('a file that was reopened keeps what it has and takes more', async () => {
    const { disk, path, overwrite } = get();
    overwrite(path('f'), bytesOf('abcdef'));
    const file = await disk.reopen(path('f'));
    file.write(2, bytesOf('XY'));
    await file.commit();
    expect(await contentOf(disk, path('f'))).toBe('abXYef');
    await expect(disk.reopen(path('none'))).rejects.toThrow(/ENOENT/);
  });

  test('refuses a name that is taken, and leaves that file alone', async () => {
    const { disk, path, overwrite } = get();
    overwrite(path('f'), bytesOf('mine'));
    await expect(disk.create(path('f'), 1)).rejects.toThrow(/EEXIST/);
    expect(await contentOf(disk, path('f'))).toBe('mine');
  });

  test('says DiskFull for what cannot fit, and leaves nothing behind', async () => {
    const { disk, path, directory } = get();
    const free = await disk.freeBytes(directory);
    expect(free).toBeGreaterThan(0);
    await expect(disk.create(path('f'), free + 2 ** 40)).rejects.toBeInstanceOf(DiskFullError);
    expect(await disk.list(directory)).toEqual([]);
  });
}

function movingCases(get: Get): void {
  test('a snapshot does not change with its original', async () => {
    const { disk, path, overwrite } = get();
    overwrite(path('model_last.pt'), bytesOf('old state'));
    await disk.snapshot(path('model_last.pt'), path('copy'));
    overwrite(path('model_last.pt'), bytesOf('new'));
    expect(await contentOf(disk, path('copy'))).toBe('old state');
    await expect(disk.snapshot(path('none'), path('other'))).rejects.toThrow(/none/);
    expect(await disk.stat(path('other'))).toBeUndefined();
  });

  test('a rename replaces what had the name', async () => {
    const { disk, path, directory, overwrite } = get();
    overwrite(path('a'), bytesOf('new'));
    overwrite(path('b'), bytesOf('old'));
    const before = await disk.stat(path('a'));
    await disk.rename(path('a'), path('b'));
    expect(await contentOf(disk, path('b'))).toBe('new');
    expect((await disk.list(directory)).map(({ name }) => name)).toEqual(['b']);
    expect((await disk.stat(path('b')))?.inode).toBe(before?.inode);
  });

  test('removes files and trees; absent is success', async () => {
    const { disk, path, directory, overwrite } = get();
    await disk.makeDirectory(path('tree/deep'));
    overwrite(path('tree/deep/f'), bytesOf('x'));
    overwrite(path('tree-not'), bytesOf('x'));
    await disk.remove(path('tree'));
    await disk.remove(path('tree'));
    expect((await disk.list(directory)).map(({ name }) => name)).toEqual(['tree-not']);
  });
}
