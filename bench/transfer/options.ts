// What the transfer bench is asked to do: from the environment, as `make bench-transfer SIZE=1GB ROUNDS=3` passes it on.
import { tmpdir } from 'node:os';

export const serverNames = ['null', 'versitygw'] as const;
export type ServerName = (typeof serverNames)[number];

export const directions = ['restore', 'upload'] as const;
export type Direction = (typeof directions)[number];

export interface BenchOptions {
  /** In bytes, one object each. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly servers: readonly ServerName[];
  readonly directions: readonly Direction[];
  /** Programs to leave out, by name. */
  readonly without: readonly string[];
  /** The null server speaks HTTPS. */
  readonly tls: boolean;
  /** Where files lie: in memory if possible, so that no disk is measured. */
  readonly directory: string;
  /** Where the figures go as JSON too; undefined = nowhere. */
  readonly output: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const units: Readonly<Record<string, number>> = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9 };

/** `5.4GB`, `300MB` or plain bytes. @throws for anything else */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)(KB|MB|GB)?$/.exec(text) ?? [];
  const bytes = Math.round(Number(digits) * (units[unit] ?? 1));
  if (!Number.isSafeInteger(bytes) || bytes < 50e6)
    throw new Error(`SIZE=${text} is not a size of at least 50MB: write 5.4GB, 300MB or a number of bytes`);
  return bytes;
}

/** A list of known words. @throws naming the variable */
export function parseChoice<T extends string>(name: string, text: string, known: readonly T[]): readonly T[] {
  return text.split(',').map((word) => {
    const found = known.find((one) => one === word);
    if (found === undefined) throw new Error(`${name}=${word} is unknown: ${known.join(', ')}`);
    return found;
  });
}

/** SIZE, ROUNDS, SERVER, DIRECTION, WITHOUT, TLS, DIR, OUTPUT. @throws naming the variable and what it may be */
export function parseOptions(env: Environment, inMemory: string | undefined): BenchOptions {
  const value = (name: string, otherwise: string): string => env[name] || otherwise;
  const rounds = Number(value('ROUNDS', '5'));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('ROUNDS must be a whole number of at least 1');
  const without = value('WITHOUT', '');
  return {
    sizes: value('SIZE', '1GB,5.4GB').split(',').map(parseSize),
    rounds,
    servers: parseChoice('SERVER', value('SERVER', serverNames.join(',')), serverNames),
    directions: parseChoice('DIRECTION', value('DIRECTION', directions.join(',')), directions),
    without: without === '' ? [] : without.split(','),
    tls: value('TLS', '') !== '',
    directory: value('DIR', inMemory ?? tmpdir()),
    output: env['OUTPUT'] || undefined,
  };
}
