// The lower layers of the images (Node, Python), imported once into a containerd whose root is then kept in the cache: a new node starts
// from a hard-linked copy of that root and only has to import the small upper layers. Unpacking them anew would take most of a start.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Image } from '../image/image-archive.ts';
import { run } from '../process/command.ts';
import { withLock } from '../process/file-lock.ts';
import { cacheDirectory } from '../tools/binaries.ts';
import { containerdRoot, importImage, makeContainerd } from './containerd.ts';
import type { NodePlace } from './slot.ts';
import { snapshotter } from './snapshotter.ts';

/** What a filled root is made with. */
export interface BaseRequest {
  /** the cluster's directory */
  readonly directory: string;
  readonly images: readonly Image[];
  /** a place where a containerd may run for a moment */
  readonly workshop: NodePlace;
}

async function keyOf({ images, workshop }: BaseRequest): Promise<string> {
  const version = await run('containerd', ['--version']);
  const digests = images.map(({ name, layers }) => [name, ...layers.map(({ digest }) => digest)]);
  const facts = [version.trim(), snapshotter(workshop.directory), digests];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}

// Files of layers and snapshots never change once they are there, so they can be shared; the databases do change.
async function copyRoot(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  try {
    await run('cp', ['-al', from, to]);
  } catch {
    rmSync(to, { recursive: true, force: true }); // another file system: a whole copy
    await run('cp', ['-a', '--reflink=auto', from, to]);
    return;
  }
  for (const database of globSync('*/*.db', { cwd: from })) {
    rmSync(join(to, database));
    copyFileSync(join(from, database), join(to, database));
  }
}

async function make(request: BaseRequest, target: string): Promise<void> {
  const { directory, workshop, images } = request;
  const containerd = makeContainerd(directory, 'image-base', workshop);
  await containerd.start();
  for (const image of images) await importImage(workshop, image);
  await containerd.stop();
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await copyRoot(containerdRoot(workshop), partial);
  const cache = dirname(target);
  const former = readdirSync(cache).filter((name) => !partial.endsWith(`/${name}`));
  renameSync(partial, target);
  for (const name of former) rmSync(join(cache, name), { recursive: true, force: true });
}

/** Gives the containerds of `places`, not started yet, the base images. */
export async function fillContainerdRoots(request: BaseRequest, places: readonly NodePlace[]): Promise<void> {
  const cache = join(cacheDirectory(), 'containerd');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const target = join(cache, await keyOf(request));
  await withLock(`${cache}.lock`, async () => {
    if (!existsSync(target)) await make(request, target);
    for (const place of places) await copyRoot(target, containerdRoot(place));
  });
}
