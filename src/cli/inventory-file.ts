// An inventory from a file: JSON, understood whole or refused with everything that is wrong in it.
import { type Inventory, inventory } from '../api/inventory.ts';
import { inconsistencies } from '../api/inventory-consistency.ts';
import { readStrictly } from '../api/problems.ts';
import { sentenceOf } from './errors.ts';
import { readText, wrongFile } from './text-file.ts';
import type { CliWorld } from './world.ts';

/** A million checkpoints are about 150 MB; more than this no text of JavaScript's holds. */
const mostBytes = 500_000_000;

/** @throws CommandError that names the file, the path in it, the value and the cure */
export async function readInventoryFile(world: CliWorld, name: string): Promise<Inventory> {
  const read = readStrictly(inventory, parseJson(name, await readText(world, name, mostBytes)));
  if ('problems' in read) throw wrongFile(name, read.problems);
  const problems = inconsistencies(read.ok);
  if (problems.length > 0) throw wrongFile(name, problems);
  return read.ok;
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrongFile(name, [
      `it is not JSON (${sentenceOf(cause)}): give what kubectl reprise inventory STORE -o json writes`,
    ]);
  }
}
