// The three images of a local cluster, made from files of this machine without any registry: the pause container, Reprise itself (the
// same as the Dockerfile makes) and the tiny trainer.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../process/command.ts';
import { together } from '../progress/together.ts';
import { cacheDirectory } from '../tools/binaries.ts';
import { findProgram } from '../tools/packages.ts';
import { checkout } from '../workspace.ts';
import { bundleFiles } from './bundles.ts';
import { fileEntry, libraryEntries, treeEntries, withDirectories } from './host-files.ts';
import type { Image } from './image-archive.ts';
import { buildLayer, type ImageLayer } from './image-layer.ts';
import type { TarEntry } from './tar.ts';

/** The names that pods use. */
export const imageNames = {
  pause: 'reprise.local/pause:dev',
  agent: 'reprise.local/agent:dev',
  trainer: 'reprise.local/tiny-trainer:dev',
} as const;

const path = 'PATH=/usr/local/bin:/usr/bin:/bin';

const users: readonly TarEntry[] = [
  {
    kind: 'text',
    path: 'etc/passwd',
    mode: 0o644,
    text: 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  },
  { kind: 'text', path: 'etc/group', mode: 0o644, text: 'root:x:0:\nnonroot:x:65532:\n' },
  { kind: 'directory', path: 'tmp', mode: 0o1777 },
];

const layer = (entries: readonly TarEntry[]): Promise<ImageLayer> =>
  buildLayer(withDirectories(entries), join(cacheDirectory(), 'images'));

const link = (from: string, target: string): TarEntry => ({ kind: 'symlink', path: from, target });

async function busybox(applets: readonly string[]): Promise<readonly TarEntry[]> {
  const program = findProgram('busybox');
  if (program === undefined) throw new Error('busybox is missing: apt-get install busybox-static');
  const links = applets.map((name) => link(`bin/${name}`, 'busybox'));
  return [fileEntry(program, 'bin/busybox'), ...links, ...(await libraryEntries([program]))];
}

// As process 1 of a pod with a shared process namespace it inherits orphans: `wait` reaps them.
const pauseScript = 'trap "exit 0" TERM INT; while :; do sleep 2147483647 & wait $!; done';

/** The container that holds a pod's namespaces. */
async function pauseImage(): Promise<Image> {
  const entries = await busybox(['sh', 'sleep']);
  const config = { Env: [path], Entrypoint: ['/bin/sh', '-c', pauseScript] };
  return { name: imageNames.pause, config, layers: [await layer(entries)] };
}

async function nodeLayer(): Promise<ImageLayer> {
  const node = process.execPath;
  return layer([fileEntry(node, 'usr/local/bin/node'), ...(await libraryEntries([node])), ...users]);
}

const python = '/usr/bin/python3';

// Not needed to run a program, and half of the size.
const unneeded = /^(config-|test\/|idlelib\/|ensurepip\/|lib2to3\/|pydoc_data\/)/;

async function pythonEntries(): Promise<readonly TarEntry[]> {
  const stdlib = (await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("stdlib"))'])).trim();
  const library = treeEntries(stdlib, stdlib, (below) => unneeded.test(below));
  const linked = library.filter(({ path }) => path.endsWith('.so')).map((entry) => join('/', entry.path));
  const libraries = await libraryEntries([python, ...linked]);
  return [fileEntry(python), link('usr/bin/python', 'python3'), ...library, ...libraries];
}

async function pythonLayer(): Promise<ImageLayer> {
  const shell = await busybox(['sh', 'sleep', 'cat', 'ls', 'kill', 'ps', 'wget']);
  return layer([...(await pythonEntries()), ...shell, ...users]);
}

/** The images that change rarely: pause, and the lower layers of the others. */
export interface BaseImages {
  readonly pause: Image;
  readonly node: Image;
  readonly python: Image;
}

const baseImage = (name: string, lowest: ImageLayer): Image => ({
  name: `reprise.local/${name}:base`,
  config: { Env: [path] },
  layers: [lowest],
});

/** Makes the base images. */
export async function makeBaseImages(): Promise<BaseImages> {
  const [pause, node, pythonBase] = await together([pauseImage(), nodeLayer(), pythonLayer()]);
  return { pause, node: baseImage('node', node), python: baseImage('python', pythonBase) };
}

/** Reprise: Node and the programs built for the cluster in `clusterDirectory`; undefined when there are none. */
export async function agentImage(base: Image, clusterDirectory: string): Promise<Image | undefined> {
  const files = bundleFiles(clusterDirectory);
  if (files.length === 0) return undefined;
  const programs = await layer(files.map((file) => fileEntry(file, `reprise/${basename(file)}`)));
  return {
    name: imageNames.agent,
    config: {
      Env: [path],
      Entrypoint: ['node', '/reprise/agent.mjs'],
      User: '65532:65532',
      WorkingDir: '/reprise',
    },
    layers: [...base.layers, programs],
  };
}

/** The tiny trainer: Python with its standard library, a shell, and examples/tiny-trainer in /trainer; undefined when it is not there. */
export async function trainerImage(base: Image): Promise<Image | undefined> {
  const source = join(checkout, 'examples', 'tiny-trainer');
  if (!existsSync(source)) return undefined;
  const trainer = await layer(treeEntries(source, 'trainer', (below) => below.includes('__pycache__')));
  return {
    name: imageNames.trainer,
    config: {
      Env: [path, 'PYTHONUNBUFFERED=1'],
      WorkingDir: '/trainer',
      Cmd: ['python3', 'train.py', '--help'],
    },
    layers: [...base.layers, trainer],
  };
}
