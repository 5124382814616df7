// pull: what arrives is proven, what is interrupted is gone on from, nothing of the user's is overwritten, and no bad file is left.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { first } from '../support/agent-bench.ts';
import { checkpointAt, flipped, genuine, torn } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';
import { FakeObjectStore } from '../support/fake-object-store.ts';
import { largeCheckpoint } from '../support/large-checkpoint.ts';

const crc32Hex = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');
const mine = Buffer.from('mine');
const keep = { attempt: first, kind: 'Last', update: 48 } as const;

function bench(bytes: Uint8Array = checkpointAt(48)): CliBench & { readonly key: string } {
  const made = new CliBench();
  made.seedRun();
  made.bucket.seedAttempt(first);
  const key = made.bucket.seedCheckpoint(keep, bytes);
  return Object.assign(made, { key });
}

/** Watches what is asked for and what arrives; returns how many ranges were asked for so far. */
function watchDownloads({ objects }: CliBench, onPiece: () => void = () => undefined): () => number {
  const real = FakeObjectStore.prototype.download.bind(objects);
  let asked = 0;
  objects.download = async (download, signal) => {
    asked += download.ranges?.length ?? 0;
    const write = (offset: number, chunk: Uint8Array): void => {
      download.write(offset, chunk);
      onPiece();
    };
    return real({ ...download, write }, signal);
  };
  return () => asked;
}

test('the resume point, byte for byte, under the name the trainer gave it', async () => {
  const one = bench();
  const { code, out, err } = await one.run('pull', 'xiaoyi-zh');
  expect({ code, out }).toEqual({ code: 0, out: 'model_48.pt\n' });
  expect(err).toMatch(
    /^model_48\.pt: 1\.00 MB from s3:\/\/ckpts\/.*\/last\/model_48\.pt in .*, verified \(CRC32 [0-9a-f]{8}\)\n$/,
  );
  expect(one.holds('model_48.pt', checkpointAt(48))).toBe(true);
  expect(one.files()).toEqual(['model_48.pt']);
});

test.each([
  { args: ['pull', 'xiaoyi-zh@48', 'voice.pt'], file: 'voice.pt' },
  { args: ['pull', 'xiaoyi-zh', 'ckpts'], file: 'ckpts/model_48.pt' },
  { args: ['pull', 'xiaoyi-zh', './ckpts/'], file: 'ckpts/model_48.pt' },
  {
    args: ['pull', 's3://ckpts/prod/voice/xiaoyi-zh/attempts/0001-11111111/last/model_48.pt'],
    file: 'model_48.pt',
  },
])('$args puts it into $file', async ({ args, file }) => {
  const one = bench();
  one.disk.addDirectory('/home/user/ckpts');
  expect(await one.run(...args)).toMatchObject({ code: 0 });
  expect(one.files()).toEqual([file]);
});

test.each(['x\u001b[2J.pt', '..', '-f', ''])(
  'an object called %j is given no name of its own',
  async (name) => {
    const one = bench();
    one.objects.seed(`a/${name}`, checkpointAt(48));
    const { code, err } = await one.run('pull', `s3://ckpts/a/${name}`);
    expect({ code, files: one.files() }).toEqual({ code: 1, files: [] });
    expect(err).toMatch(/is no good name for a file: name the FILE\n$/);
    expect(await one.run('pull', `s3://ckpts/a/${name}`, 'x.pt')).toMatchObject({ code: 0 });
  },
);

describe("nothing of the user's is overwritten", () => {
  test('a file that is there, unless --force is given', async () => {
    const one = bench();
    one.write('model_48.pt', mine);
    const { code, err } = await one.run('pull', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toBe(
      'error: model_48.pt is there already: choose another name, or replace it with --force\n',
    );
    expect(one.holds('model_48.pt', mine)).toBe(true);
    expect(await one.run('pull', 'xiaoyi-zh', '--force')).toMatchObject({ code: 0 });
    expect(one.holds('model_48.pt', checkpointAt(48))).toBe(true);
  });

  test('one that appeared meanwhile', async () => {
    const one = bench();
    watchDownloads(one, () => one.write('model_48.pt', mine));
    expect(await one.run('pull', 'xiaoyi-zh')).toMatchObject({ code: 1 });
    expect(one.holds('model_48.pt', mine)).toBe(true);
  });

  test('a part file no pull has left, with --force neither', async () => {
    const one = bench();
    one.write('model_48.pt.part', mine);
    const { code, err } = await one.run('pull', 'xiaoyi-zh', '--force');
    expect(code).toBe(1);
    expect(err).toMatch(/model_48\.pt\.part is in the way and no pull has left it: remove it/);
    expect(one.holds('model_48.pt.part', mine)).toBe(true);
  });
});

describe('what is not good is named and not kept', () => {
  test.each([
    {
      name: 'damaged at rest',
      spoil: flipped,
      says: /it has CRC32 [0-9a-f]{8}, not [0-9a-f]{8} as when it was saved/,
    },
    {
      name: 'of another update',
      object: checkpointAt(45),
      says: /it holds update 45, not 48 as its key says/,
    },
    { name: 'torn', object: torn(checkpointAt(48)), says: /no zip end record/ },
    { name: 'no checkpoint', object: new Uint8Array(5000), says: /neither as a zip archive/ },
    { name: 'empty', object: new Uint8Array(0), says: /not good and was not kept/ },
  ])('$name', async ({ object, spoil, says }) => {
    const one = bench(object);
    if (spoil !== undefined) one.objects.damage(one.key, spoil);
    const { code, out, err } = await one.run('pull', 'xiaoyi-zh');
    expect({ code, out, files: one.files() }).toEqual({ code: 1, out: '', files: [] });
    expect(err).toMatch(says);
  });

  test('an object that does not tell its CRC32 is proven by its entries', async () => {
    const one = bench();
    one.objects.seed(one.key, flipped(checkpointAt(48)));
    expect((await one.run('pull', 'xiaoyi-zh')).err).toMatch(/not good and was not kept: .*CRC32/);
    one.objects.seed(one.key, genuine('full-update48.pt'));
    expect(await one.run('pull', 'xiaoyi-zh')).toMatchObject({ code: 0 });
  });
});

/** Stops after so many whole parts of 8 MiB have arrived. */
async function interrupted(one: CliBench, parts: number): Promise<void> {
  const stop = new AbortController();
  let pieces = 0;
  watchDownloads(one, () => {
    pieces += 1;
    if (pieces === parts * 32 + 1) stop.abort(new Error('interrupted'));
  });
  await expect(one.runUntil(stop.signal, 'pull', 'xiaoyi-zh')).rejects.toThrow('interrupted');
}

describe('what nothing vouches for is not called verified', () => {
  const name = 'voice.safetensors';
  test.each([
    {
      what: 'with the CRC32 of its upload',
      metadata: { 'reprise-crc32': crc32Hex(genuine('ema.safetensors')) },
      says: /, verified \(/,
    },
    {
      what: 'without',
      metadata: {},
      says: /, NOT verified: nothing tells what its bytes should be \(CRC32 /,
    },
  ])('weights $what', async ({ metadata, says }) => {
    const one = bench();
    one.objects.seed(`a/${name}`, genuine('ema.safetensors'), metadata);
    const { code, err } = await one.run('pull', `s3://ckpts/a/${name}`);
    expect(code).toBe(0);
    expect(err).toMatch(says);
  });
});

test('a disk that gives other bytes back is noticed', async () => {
  const one = bench();
  const key = 'a/voice.pt';
  one.objects.seed(key, checkpointAt(48));
  const real = one.disk.openRead.bind(one.disk);
  one.disk.openRead = async (path) => {
    const part = one.read('voice.pt.part');
    if (part !== undefined) one.disk.write(path, checkpointAt(50));
    return real(path);
  };
  const { code, err } = await one.run('pull', `s3://ckpts/${key}`);
  expect({ code, files: one.files() }).toEqual({ code: 1, files: [] });
  expect(err).toMatch(/the disk gives other bytes back than were written/);
});

describe('an interrupted pull', () => {
  const large = largeCheckpoint(40);

  test('goes on from what is there', async () => {
    const one = bench(large);
    await interrupted(one, 3);
    expect(one.files()).toEqual(['model_48.pt.part', 'model_48.pt.part.json']);
    const asked = watchDownloads(one);
    const { code, err } = await one.run('pull', 'xiaoyi-zh');
    expect(code).toBe(0);
    expect(err).toMatch(/^going on: 25\.2 MB of 4\d\.\d MB are here already\n/);
    expect(asked()).toBe(2);
    expect(one.holds('model_48.pt', large)).toBe(true);
    expect(one.files()).toEqual(['model_48.pt']);
  });

  test('believes no part unread: what is damaged is fetched again', async () => {
    const one = bench(large);
    await interrupted(one, 3);
    const part = one.read('model_48.pt.part') ?? new Uint8Array(0);
    one.write('model_48.pt.part', part.with(12, (part[12] ?? 0) ^ 1));
    const asked = watchDownloads(one);
    expect(await one.run('pull', 'xiaoyi-zh')).toMatchObject({ code: 0 });
    expect(asked()).toBe(3);
    expect(one.holds('model_48.pt', large)).toBe(true);
  });

  test('begins anew when the object is another one by now', async () => {
    const one = bench(large);
    await interrupted(one, 3);
    const other = largeCheckpoint(40, 7);
    one.bucket.seedCheckpoint(keep, other);
    const { code, err } = await one.run('pull', 'xiaoyi-zh');
    expect(code).toBe(0);
    expect(err).not.toContain('going on');
    expect(one.holds('model_48.pt', other)).toBe(true);
  });

  test('keeps what it has when the store goes away, and says how to go on', async () => {
    const one = bench(large);
    one.objects.faults.add({ on: 'download', midway: 'Unavailable' });
    const { code, err } = await one.run('pull', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toMatch(/of 4\d\.\d MB are kept: run the same command again to go on\nerror: \S/);
    expect(await one.run('pull', 'xiaoyi-zh')).toMatchObject({ code: 0 });
    expect(one.holds('model_48.pt', large)).toBe(true);
  });

  test('a disk too small is said before anything is fetched', async () => {
    const one = bench(large);
    one.disk.capacityBytes = 1_000_000;
    const asked = watchDownloads(one);
    const { code, err } = await one.run('pull', 'xiaoyi-zh');
    expect({ code, asked: asked(), files: one.files() }).toEqual({ code: 1, asked: 0, files: [] });
    expect(err).toMatch(/model_48\.pt\.part needs \d+ bytes/);
  });
});
