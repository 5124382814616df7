// Where a command puts a file: never over one that is there, unless told to.
import { CommandError } from './errors.ts';
import { type CliWorld, pathOf } from './world.ts';

export interface Destination {
  readonly path: string;
  /** As the user called it. */
  readonly name: string;
  readonly mayReplace: boolean;
}

/** The place `given` means: a file, or a directory that the file of `fallback`'s name goes into. */
export async function findDestination(
  world: CliWorld,
  {
    given,
    fallback,
    mayReplace,
  }: { readonly given: string | undefined; readonly fallback: string; readonly mayReplace: boolean },
): Promise<Destination> {
  const name = await nameFor(world, given, fallback);
  const destination = { path: pathOf(world, name), name, mayReplace };
  await refuseTaken(world, destination);
  const parent = destination.path.slice(0, destination.path.lastIndexOf('/')) || '/';
  const facts = await world.disk.stat(parent);
  if (facts === undefined)
    throw new CommandError(`there is no directory ${parent} to put ${name} into: make it first`);
  return destination;
}

async function nameFor(world: CliWorld, given: string | undefined, fallback: string): Promise<string> {
  if (given === undefined) return requireGoodName(fallback);
  const facts = await world.disk.stat(pathOf(world, given.replace(/(?<=.)\/+$/, '')));
  const isDirectory = facts !== undefined && !facts.isFile;
  return isDirectory ? `${given.replace(/\/+$/, '')}/${requireGoodName(fallback)}` : given;
}

/** A name that comes from a bucket is used only where it can do no harm. */
function requireGoodName(fallback: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.=@+-]{0,200}$/.test(fallback)) return fallback;
  throw new CommandError(
    `the object's own name ${JSON.stringify(fallback)} is no good name for a file: name the FILE`,
  );
}

/** Looks whether the name is taken; looked at again right before it is used. @throws CommandError */
export async function refuseTaken(
  { disk }: CliWorld,
  { path, name, mayReplace }: Destination,
): Promise<void> {
  const facts = await disk.stat(path);
  if (facts === undefined) return;
  if (!facts.isFile)
    throw new CommandError(`${name} is there already and is not a file: choose another name`);
  if (!mayReplace)
    throw new CommandError(`${name} is there already: choose another name, or replace it with --force`);
}
