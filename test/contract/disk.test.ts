// The Disk contract over this machine's disk and over the fake.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { makeLocalDisk } from '../../src/disk/local-disk.ts';
import { FakeDisk } from '../support/fake-disk.ts';
import { diskContract } from './disk.contract.ts';

describe('the local disk', () => {
  diskContract(() => {
    const directory = mkdtempSync(join(tmpdir(), 'reprise-disk-'));
    return {
      disk: makeLocalDisk(),
      directory,
      overwrite: (path, bytes) => writeFileSync(path, bytes),
      dispose: () => rmSync(directory, { recursive: true }),
    };
  });
});

describe('the fake disk', () => {
  diskContract(() => {
    const disk = new FakeDisk();
    disk.capacityBytes = 2 ** 30;
    disk.addDirectory('/scratch');
    return {
      disk,
      directory: '/scratch',
      overwrite: (path, bytes) => disk.write(path, bytes),
      dispose: () => undefined,
    };
  });
});
