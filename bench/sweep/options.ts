// What the sweep bench is asked to do: from the environment, as `make bench-sweep SIZE=100000 ROUNDS=3` passes it on.
import { parseChoice } from '../transfer/options.ts';

export const serverNames = ['memory', 'versitygw'] as const;
export type ServerName = (typeof serverNames)[number];

export interface SweepOptions {
  readonly servers: readonly { readonly name: ServerName; readonly keys: number }[];
  readonly rounds: number;
  /** Rivals to leave out, by name. */
  readonly without: readonly string[];
  /** Where the figures go as JSON too; undefined = nowhere. */
  readonly output: string | undefined;
}

const usualKeys: Readonly<Record<ServerName, number>> = { memory: 1_000_000, versitygw: 100_000 };

function parseCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < least)
    throw new Error(`${name}=${text} is not a whole number of at least ${least}`);
  return count;
}

/** SIZE (keys), ROUNDS, SERVER, WITHOUT, OUTPUT. @throws naming the variable and what it may be */
export function parseOptions(env: Readonly<Record<string, string | undefined>>): SweepOptions {
  const names = parseChoice('SERVER', env['SERVER'] || serverNames.join(','), serverNames);
  const size = env['SIZE'] || undefined;
  return {
    servers: names.map((name) => ({
      name,
      keys: size === undefined ? usualKeys[name] : parseCount('SIZE', size, 1000),
    })),
    rounds: parseCount('ROUNDS', env['ROUNDS'] || '3', 1),
    without: (env['WITHOUT'] ?? '').split(',').filter((word) => word !== ''),
    output: env['OUTPUT'] || undefined,
  };
}
