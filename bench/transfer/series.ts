// One series: every client moves the same object, in turns whose order moves on each round, after a round that does not count. What
// a client wrote is looked at before it is thrown away.
import { mkdirSync, openSync, readSync, closeSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describeError } from '../../dev/progress/polling.ts';
import type { Report } from '../../dev/progress/report.ts';
import type { ObjectStore } from '../../src/ports/objects.ts';
import type { Client } from './clients.ts';
import type { Direction } from './options.ts';
import { leftovers, restoredName, sourceKey, uploadedKey } from './reprise.ts';
import type { BenchServer } from './server.ts';
import { type Figures, measure } from './turn.ts';

export interface SeriesParts {
  readonly direction: Direction;
  readonly rounds: number;
  readonly clients: readonly Client[];
  readonly server: BenchServer;
  readonly store: ObjectStore;
  /** The object to be moved. */
  readonly object: { readonly size: number; readonly crc32: number };
  /** A local copy of it. */
  readonly source: string;
  readonly directory: string;
  readonly stopwatch: string;
  readonly report: Report;
}

/** The turns of one client; why it has none. */
export interface Row {
  readonly client: Client;
  readonly turns: readonly Figures[];
  readonly absent: string | undefined;
}

const never = new AbortController().signal;

/** Runs a whole series. */
export async function runSeries(parts: SeriesParts): Promise<readonly Row[]> {
  const { clients, rounds, direction } = parts;
  const able = clients.filter((client) => client[direction] !== undefined);
  const turns = new Map(able.map((client): [Client, Figures[]] => [client, []]));
  const failed = new Map<Client, string>();
  const tryTurn = async (client: Client, round: number): Promise<void> => {
    try {
      const figures = await takeTurn(parts, client, round === 0);
      if (round > 0) turns.get(client)?.push(figures);
      parts.report(`  round ${round}: ${client.name} ${figures.wallSeconds.toFixed(2)} s`);
    } catch (thrown) {
      failed.set(client, describeError(thrown));
      parts.report(`  round ${round}: ${client.name} failed: ${describeError(thrown)}`);
    }
  };
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...able.slice(round % able.length), ...able.slice(0, round % able.length)];
    for (const client of order) if (!failed.has(client)) await tryTurn(client, round);
  }
  return clients.map((client) => ({
    client,
    turns: failed.has(client) ? [] : (turns.get(client) ?? []),
    absent: failed.get(client) ?? (turns.has(client) ? undefined : 'cannot do this'),
  }));
}

async function takeTurn(parts: SeriesParts, client: Client, isFirst: boolean): Promise<Figures> {
  const scratch = join(parts.directory, 'turn');
  mkdirSync(scratch);
  try {
    return parts.direction === 'restore'
      ? await restoreOnce(parts, { client, scratch, isFirst })
      : await uploadOnce(parts, { client, scratch });
  } finally {
    rmSync(scratch, { recursive: true });
    await clearBucket(parts.store);
  }
}

/** What is left there would make the next turn shorter. */
async function clearBucket(store: ObjectStore): Promise<void> {
  const [stayed] = await store.delete([...leftovers, uploadedKey], never);
  if (stayed !== undefined) throw new Error(`the server keeps ${stayed.key}: ${stayed.message}`);
}

interface Turn {
  readonly client: Client;
  readonly scratch: string;
}

async function restoreOnce(
  { server, object, directory, stopwatch }: SeriesParts,
  { client, scratch, isFirst }: Turn & { readonly isFirst: boolean },
): Promise<Figures> {
  const volume = join(scratch, 'volume');
  mkdirSync(volume);
  const file = join(volume, restoredName);
  const job = client.restore({ server, key: sourceKey, file, sizeBytes: object.size, scratch });
  const figures = await measure(stopwatch, join(directory, 'figures.json'), job);
  if (statSync(file).size !== object.size) throw new Error('it wrote a file of another size');
  if (isFirst && crcOfFile(file) !== object.crc32) throw new Error('it wrote other bytes');
  return figures;
}

async function uploadOnce(
  { server, store, object, source, directory, stopwatch }: SeriesParts,
  { client, scratch }: Turn,
): Promise<Figures> {
  const job = client.upload?.({ server, key: uploadedKey, file: source, sizeBytes: object.size, scratch });
  if (job === undefined) throw new Error('it cannot upload');
  const figures = await measure(stopwatch, join(directory, 'figures.json'), job);
  const head = client.kind === 'raw' ? undefined : await store.head(uploadedKey, never);
  if (client.kind !== 'raw' && head?.sizeBytes !== object.size)
    throw new Error(`the bucket has ${head?.sizeBytes ?? 'nothing'} of it`);
  return figures;
}

function crcOfFile(path: string): number {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(4 * 1024 * 1024);
  let crc = 0;
  for (;;) {
    const length = readSync(file, buffer);
    if (length === 0) break;
    crc = crc32(buffer.subarray(0, length), crc);
  }
  closeSync(file);
  return crc;
}
