// A container image as a docker-archive (manifest, config, layers): what `ctr images import` and `docker load` read.
import { createHash } from 'node:crypto';
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

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const layerName = ({ digest }: ImageLayer): string => `${digest}.tar`;

/** The bytes of the archive of `image`; equal images give equal bytes. */
export function imageArchive(image: Image): AsyncGenerator<Buffer> {
  const config = JSON.stringify({
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: image.layers.map(({ digest }) => `sha256:${digest}`) },
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = [{ Config: configName, RepoTags: [image.name], Layers: image.layers.map(layerName) }];
  const entries: TarEntry[] = [
    { kind: 'text', path: 'manifest.json', mode: 0o644, text: JSON.stringify(manifest) },
    { kind: 'text', path: configName, mode: 0o644, text: config },
    ...image.layers.map((layer): TarEntry => ({
      kind: 'file',
      path: layerName(layer),
      mode: 0o644,
      source: layer.file,
    })),
  ];
  return tarArchive(entries);
}
