// A text file of the user's, read whole: policies, inventories. What cannot be read is said by its name.
import type { Bytes } from '../domain/units.ts';
import { formatBytes } from '../domain/size.ts';
import { CommandError } from './errors.ts';
import { withFile } from './source.ts';
import { type CliWorld, pathOf } from './world.ts';

/** Its text. @throws CommandError that names the file */
export async function readText(world: CliWorld, name: string, mostBytes: Bytes): Promise<string> {
  const bytes = await withFile(world, { path: pathOf(world, name), name }, async (source) => {
    const { size } = source;
    if (size <= mostBytes) return source.read(0, size);
    throw new CommandError(
      `${name} has ${formatBytes(size)}, and at most ${formatBytes(mostBytes)} are read: is it the file that was meant?`,
    );
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(`${name} is not a text in UTF-8: save it as one`, { cause });
  }
}

/** How many problems of one file are told. */
const mostTold = 8;

/** The error that tells what is wrong in a file. */
export function wrongFile(name: string, problems: readonly string[]): CommandError {
  const left = problems.length - mostTold;
  const more = left > 0 ? [`and ${left} more`] : [];
  return new CommandError(`${name}: ${[...problems.slice(0, mostTold), ...more].join('; ')}`);
}
