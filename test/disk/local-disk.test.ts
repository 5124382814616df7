// What only the real disk can show: file modes, links, pipes, a full file system.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLocalDisk } from '../../src/disk/local-disk.ts';
import { asDiskError } from '../../src/disk/local-file.ts';
import { DiskFullError } from '../../src/ports/disk.ts';

describe('the local disk', () => {
  const disk = makeLocalDisk();
  let directory: string;
  const path = (file: string): string => join(directory, file);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'reprise-disk-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('a created file can be overwritten by the group, whatever the umask', async () => {
    const file = await disk.create(path('f'), 3);
    await file.commit();
    expect(statSync(path('f')).mode & 0o777).toBe(0o664);
    expect(statSync(path('f')).size).toBe(3);
  });

  test('follows no link: it is no file, cannot be read and cannot be snapshot', async () => {
    writeFileSync(path('secret'), 'x');
    symlinkSync(path('secret'), path('model_last.pt'));
    expect((await disk.stat(path('model_last.pt')))?.isFile).toBe(false);
    await expect(disk.openRead(path('model_last.pt'))).rejects.toThrow(/ELOOP/);
    await expect(disk.snapshot(path('model_last.pt'), path('copy'))).rejects.toThrow(/not a regular file/);
  });

  test("a user's own links are followed, and new files have the modes of the umask", async () => {
    const own = makeLocalDisk('User');
    writeFileSync(path('real.pt'), 'abc');
    symlinkSync(path('real.pt'), path('link.pt'));
    symlinkSync(path('none'), path('dangling.pt'));
    expect(await own.stat(path('link.pt'))).toMatchObject({ isFile: true, sizeBytes: 3 });
    expect(await own.stat(path('dangling.pt'))).toBeUndefined();
    const file = await own.openRead(path('link.pt'));
    expect(file.sizeBytes).toBe(3);
    await file.close();
    const made = await own.create(path('made'), 1);
    await made.commit();
    expect(statSync(path('made')).mode & 0o777).toBe(0o666 & ~process.umask());
    await expect(own.reopen(path('link.pt'))).rejects.toThrow(/ELOOP/);
  });

  test('does not hang on a pipe', async () => {
    execFileSync('mkfifo', [path('model_last.pt')]);
    await expect(disk.openRead(path('model_last.pt'))).rejects.toThrow(/not a regular file/);
    await expect(disk.snapshot(path('model_last.pt'), path('copy'))).rejects.toThrow(/not a regular file/);
  });

  test('a full file system and a used-up quota are DiskFull, other errors stay what they are', () => {
    for (const code of ['ENOSPC', 'EDQUOT'])
      expect(asDiskError(Object.assign(new Error('write'), { code }), 'f')).toBeInstanceOf(DiskFullError);
    const other = Object.assign(new Error('write'), { code: 'EIO' });
    expect(asDiskError(other, 'f')).toBe(other);
  });
});
