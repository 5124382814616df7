// A container image as an archive in the OCI image layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md),
// which `ctr images import` and `docker load` read.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { ImageLayer } from './image-layer.ts';
import { tarArchive, type TarEntry } from './tar.ts';

/** How containers of an image run, in Docker's names. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
}

/** An image: a name, a configuration and layers from the lowest up. */
export interface Image {
  readonly name: string;
  readonly config: ImageConfig;
  readonly layers: readonly ImageLayer[];
}

interface Blob {
  readonly digest: string;
  readonly text: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const mediaType = (name: string): string => `application/vnd.oci.image.${name}`;

function asBlob(content: object): Blob {
  const text = JSON.stringify(content);
  return { text, digest: createHash('sha256').update(text).digest('hex') };
}

const describe = (type: string, { digest, text }: Blob): Descriptor => ({
  mediaType: mediaType(type),
  digest: `sha256:${digest}`,
  size: Buffer.byteLength(text),
});

const describeLayer = ({ digest, file }: ImageLayer): Descriptor => ({
  mediaType: mediaType('layer.v1.tar'),
  digest: `sha256:${digest}`,
  size: statSync(file).size,
});

const textEntry = (path: string, text: string): TarEntry => ({ kind: 'text', path, mode: 0o644, text });

/**
 * The bytes of the archive of `image`; equal images give equal bytes. Layers whose digest is in `present` are left out: the importer
 * must have them already.
 */
export function imageArchive(image: Image, present: ReadonlySet<string> = new Set()): AsyncGenerator<Buffer> {
  const config = asBlob({
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: image.layers.map(({ digest }) => `sha256:${digest}`) },
  });
  const manifest = asBlob({
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config: describe('config.v1+json', config),
    layers: image.layers.map(describeLayer),
  });
  const annotations = { 'io.containerd.image.name': image.name };
  const index = { schemaVersion: 2, manifests: [{ ...describe('manifest.v1+json', manifest), annotations }] };
  const carried = image.layers.filter(({ digest }) => !present.has(digest));
  return tarArchive([
    textEntry('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })),
    textEntry('index.json', JSON.stringify(index)),
    ...[manifest, config].map(({ digest, text }) => textEntry(`blobs/sha256/${digest}`, text)),
    ...carried.map(({ digest, file }): TarEntry => ({
      kind: 'file',
      path: `blobs/sha256/${digest}`,
      mode: 0o644,
      source: file,
    })),
  ]);
}
