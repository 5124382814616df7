// Layers and archives of images are what tar reads, depend on nothing but their content, and are written once.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { libraryEntries, withDirectories } from '../../dev/image/host-files.ts';
import { imageArchive } from '../../dev/image/image-archive.ts';
import { buildLayer } from '../../dev/image/image-layer.ts';
import { tarArchive, type TarEntry } from '../../dev/image/tar.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reprise-layer-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function bytes(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function unpack(archive: Buffer): string {
  const target = mkdtempSync(join(directory, 'unpacked-'));
  execFileSync('tar', ['-xf', '-', '-C', target], { input: archive });
  return target;
}

const text = (path: string): TarEntry => ({ kind: 'text', path, mode: 0o644, text: path });

const deep = `${'a'.repeat(90)}/${'b'.repeat(90)}/program`;

test('tar reads back files, modes, links and long paths', async () => {
  writeFileSync(join(directory, 'program'), Buffer.alloc(100_000, 'x'));
  chmodSync(join(directory, 'program'), 0o755);
  const entries: TarEntry[] = [
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    { kind: 'file', path: deep, mode: 0o755, source: join(directory, 'program') },
    { kind: 'text', path: 'etc/passwd', mode: 0o644, text: 'röot\n' },
    { kind: 'symlink', path: 'link', target: 'etc/passwd' },
    { kind: 'text', path: 'empty', mode: 0o600, text: '' },
  ];
  const target = unpack(await bytes(tarArchive(withDirectories(entries))));
  const listed = execFileSync('find', ['.', '-printf', '%P %y %m %s %l\n'], {
    cwd: target,
    encoding: 'utf8',
  });
  expect(listed.split('\n')).toEqual(
    expect.arrayContaining([
      `${deep} f 755 100000 `,
      'etc/passwd f 644 6 ',
      'link l 777 10 etc/passwd',
      'empty f 600 0 ',
    ]),
  );
  expect(readFileSync(join(target, deep)).equals(readFileSync(join(directory, 'program')))).toBe(true);
});

test('a path that no tar header can hold is refused', async () => {
  const entry: TarEntry = { kind: 'text', path: 'x'.repeat(101), mode: 0o644, text: '' };
  await expect(bytes(tarArchive([entry]))).rejects.toThrow(/does not fit/);
});

test('a layer is written once for equal content, whatever the time of change, and anew for other content', async () => {
  const source = join(directory, 'program');
  const cache = join(directory, 'cache');
  const entries: TarEntry[] = [{ kind: 'file', path: 'program', mode: 0o755, source }];
  writeFileSync(source, 'one');
  const first = await buildLayer(entries, cache);
  utimesSync(source, 1, 1);
  expect(await buildLayer(entries, cache)).toEqual(first);
  expect(createHash('sha256').update(readFileSync(first.file)).digest('hex')).toBe(first.digest);
  writeFileSync(source, 'two');
  const second = await buildLayer(entries, cache);
  expect(second.digest).not.toBe(first.digest);
  expect(readdirSync(cache)).toHaveLength(4);
});

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

test('an archive leads from its index to layers, each blob under its own digest and size', async () => {
  const layer = await buildLayer([text('file')], join(directory, 'cache'));
  const image = { name: 'reprise.local/test:dev', config: { Entrypoint: ['/file'] }, layers: [layer] };
  const archive = await bytes(imageArchive(image));
  expect((await bytes(imageArchive(image))).equals(archive)).toBe(true);
  const target = unpack(archive);
  const blob = ({ digest, size }: Descriptor): string => {
    const content = readFileSync(join(target, 'blobs', digest.replace(':', '/')));
    expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(digest);
    expect(content.length).toBe(size);
    return content.toString();
  };
  const index = JSON.parse(readFileSync(join(target, 'index.json'), 'utf8')) as { manifests: [Descriptor] };
  expect(index.manifests[0]).toMatchObject({ annotations: { 'io.containerd.image.name': image.name } });
  const manifest = JSON.parse(blob(index.manifests[0])) as { config: Descriptor; layers: Descriptor[] };
  expect(JSON.parse(blob(manifest.config))).toMatchObject({
    os: 'linux',
    config: image.config,
    rootfs: { diff_ids: [`sha256:${layer.digest}`] },
  });
  expect(manifest.layers.map(({ digest }) => digest)).toEqual([`sha256:${layer.digest}`]);
  expect(manifest.layers.map(blob)).toHaveLength(1);
});

test('an archive leaves out the layers that are said to be present, and still names them', async () => {
  const cache = join(directory, 'cache');
  const [lower, upper] = [await buildLayer([text('lower')], cache), await buildLayer([text('upper')], cache)];
  const image = { name: 'reprise.local/test:dev', config: {}, layers: [lower, upper] };
  const target = unpack(await bytes(imageArchive(image, new Set([lower.digest]))));
  const blobs = readdirSync(join(target, 'blobs/sha256'));
  expect(blobs).toContain(upper.digest);
  expect(blobs).not.toContain(lower.digest);
  expect(blobs.map((name) => readFileSync(join(target, 'blobs/sha256', name), 'utf8')).join()).toContain(
    lower.digest,
  );
});

test('the libraries of a program include its loader and the C library', async () => {
  const paths = (await libraryEntries([process.execPath, '/bin/sh'])).map((entry) => entry.path);
  expect(paths.join('\n')).toMatch(/ld-linux/);
  expect(paths.join('\n')).toMatch(/libc\.so/);
  expect(paths.filter((path) => path.startsWith('/'))).toEqual([]);
});
