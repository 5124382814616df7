// Makes the directory as the trainer may find it: nothing loadable in it. A pod's first restore finds it empty; one that is
// run again in the same pod finds what it left, or what a trainer wrote since, which is put aside and never deleted.
import { isLoadable, privateDirectory } from '../../domain/agent/checkpoint-files.ts';
import { isPlaced, readPlaced } from '../placed.ts';
import { type AgentWorld, privatePath, sharedPath } from '../world.ts';

/** Removes what earlier tries of ours left. */
export async function clearDirectory(world: AgentWorld): Promise<void> {
  const { disk, log, config } = world;
  const note = await readPlaced(world);
  const found = await disk.list(config.directory);
  for (const facts of found.filter(({ name }) => isLoadable(name))) {
    if (isPlaced(note, facts)) await disk.remove(sharedPath(world, facts.name));
    else {
      await disk.makeDirectory(privatePath(world, asideDirectory));
      await disk.rename(sharedPath(world, facts.name), privatePath(world, `${asideDirectory}/${facts.name}`));
      log.warn({ file: facts.name }, 'file found where nothing should be yet, put aside');
    }
  }
  await disk.makeDirectory(sharedPath(world, privateDirectory));
  for (const { name } of await disk.list(sharedPath(world, privateDirectory)))
    if (name !== asideDirectory) await disk.remove(privatePath(world, name));
}

const asideDirectory = 'found';
