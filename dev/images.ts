// The three images of a local cluster, made from files of this machine without any registry: the pause container, Reprise itself (the
// same as the Dockerfile makes) and the tiny trainer.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDirectory } from './binaries.ts';
import { bundleFiles } from './bundles.ts';
import { run } from './command.ts';
import { fileEntry, libraryEntries, treeEntries, withDirectories } from './host-files.ts';
import type { Image } from './image-archive.ts';
import { buildLayer, type ImageLayer } from './image-layer.ts';
import { findProgram } from './packages.ts';
import type { TarEntry } from './tar.ts';
import { checkout } from './workspace.ts';

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
export async function pauseImage(): Promise<Image> {
  const entries = await busybox(['sh', 'sleep']);
  const config = { Env: [path], Entrypoint: ['/bin/sh', '-c', pauseScript] };
  return { name: imageNames.pause, config, layers: [await layer(entries)] };
}

/** Reprise: Node and the programs built for the cluster in `clusterDirectory`; undefined when there are none. */
export async function agentImage(clusterDirectory: string): Promise<Image | undefined> {
  const files = bundleFiles(clusterDirectory);
  if (files.length === 0) return undefined;
  const node = process.execPath;
  const base = [fileEntry(node, 'usr/local/bin/node'), ...(await libraryEntries([node])), ...users];
  const app = files.map((file) => fileEntry(file, `reprise/${basename(file)}`));
  return {
    name: imageNames.agent,
    config: {
      Env: [path],
      Entrypoint: ['node', '/reprise/agent.mjs'],
      User: '65532:65532',
      WorkingDir: '/reprise',
    },
    layers: [await layer(base), await layer(app)],
  };
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

/** The tiny trainer: Python with its standard library, a shell, and examples/tiny-trainer in /trainer; undefined when it is not there. */
export async function trainerImage(): Promise<Image | undefined> {
  const source = join(checkout, 'examples', 'tiny-trainer');
  if (!existsSync(source)) return undefined;
  const shell = await busybox(['sh', 'sleep', 'cat', 'ls', 'kill', 'ps', 'wget']);
  const base = [...(await pythonEntries()), ...shell, ...users];
  const trainer = treeEntries(source, 'trainer', (below) => below.includes('__pycache__'));
  return {
    name: imageNames.trainer,
    config: {
      Env: [path, 'PYTHONUNBUFFERED=1'],
      WorkingDir: '/trainer',
      Cmd: ['python3', 'train.py', '--help'],
    },
    layers: [await layer(base), await layer(trainer)],
  };
}
