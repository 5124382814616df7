// `make bench-transfer`: Reprise's restore and upload beside the tools people would otherwise use, and beside a raw copy, in one run,
// in alternating turns, against the same servers. See docs/adr for what was measured. Options: bench/transfer/options.ts.
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openAsBlob,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { run } from '../dev/process/command.ts';
import { longStep, step } from '../dev/progress/report.ts';
import { checkout } from '../dev/workspace.ts';
import { systemClock } from '../src/ops/clock.ts';
import type { ObjectStore } from '../src/ports/objects.ts';
import { makeOpenObjectStore } from '../src/s3/object-store.ts';
import { formatCheckpointMetadata } from '../src/wire/checkpoint-metadata.ts';
import {
  benchUpdate,
  type CheckpointObject,
  describeObject,
  makeCheckpointObject,
  writeObject,
} from './transfer/checkpoint-object.ts';
import { makeRivals } from './transfer/clients.ts';
import { type BenchOptions, parseOptions, type ServerName } from './transfer/options.ts';
import { getPrograms, type Programs } from './transfer/programs.ts';
import { makeReprise, runDocuments, sourceKey } from './transfer/reprise.ts';
import { type Row, runSeries } from './transfer/series.ts';
import { type BenchServer, startNullServer, startVersitygw } from './transfer/server.ts';
import { formatTable, formatVerdict } from './transfer/table.ts';

const never = new AbortController().signal;
const report = (line: string): void => console.error(line);
const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');

/** A file system in memory, where the machine has one. */
function memoryDirectory(): string | undefined {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return undefined;
  }
}

interface Bench {
  readonly options: BenchOptions;
  readonly programs: Programs;
  /** The built agent. */
  readonly bundle: string;
  readonly directory: string;
}

interface Source {
  readonly object: CheckpointObject;
  readonly metadata: Readonly<Record<string, string>>;
  /** A local copy. */
  readonly file: string;
}

async function prepare(options: BenchOptions): Promise<Bench> {
  const programs = await getPrograms(options.without, report);
  for (const [name, why] of Object.entries(programs.absent)) report(`ABSENT  ${name}: ${why}`);
  await step(report, 'built the agent', () => run(process.execPath, ['scripts/build.ts'], { cwd: checkout }));
  const directory = mkdtempSync(join(options.directory, 'reprise-bench-'));
  return { options, programs, bundle: join(checkout, 'dist', 'agent.mjs'), directory };
}

/** Source, target and the server's copies, which it joins from parts: about four times the object. */
function requireSpace(options: BenchOptions, sizeBytes: number): void {
  const copies = options.servers.includes('versitygw') ? 4 : 2;
  const { bavail, bsize } = statfsSync(options.directory);
  if (bavail * bsize < copies * sizeBytes)
    throw new Error(
      `${options.directory} has ${bavail * bsize} bytes free, ${copies} × ${sizeBytes} are needed: set SIZE, DIR, or SERVER=null`,
    );
}

async function makeSource(bench: Bench, sizeBytes: number): Promise<Source> {
  const object = await makeCheckpointObject(sizeBytes);
  const file = join(bench.directory, 'source.pt');
  await step(report, `wrote a checkpoint of ${object.size} bytes`, async () => writeObject(object, file));
  const facts = { crc32: object.crc32, update: benchUpdate, kind: 'Step', parent: '' } as const;
  const metadata = formatCheckpointMetadata({ ...facts, worldSize: 1, plannedUpdates: benchUpdate });
  return { object, metadata, file };
}

function startServer(bench: Bench, name: ServerName, { object, metadata }: Source): Promise<BenchServer> {
  const directory = join(bench.directory, name);
  if (name === 'versitygw') return startVersitygw(directory, report);
  const layout = describeObject(object, { key: sourceKey, metadata });
  return startNullServer({ program: bench.programs.transfer, directory, layout, tls: bench.options.tls });
}

/** Puts a whole run into the bucket. */
async function fill(store: ObjectStore, server: BenchServer, source: Source): Promise<void> {
  for (const [key, text] of runDocuments())
    await store.put({ key, bytes: Buffer.from(text), condition: 'any' }, never);
  if (server.generates) return;
  const blob = await openAsBlob(source.file);
  const read = async (offset: number, into: Uint8Array): Promise<void> =>
    into.set(new Uint8Array(await blob.slice(offset, offset + into.length).arrayBuffer()));
  const { size: sizeBytes, crc32 } = source.object;
  await store.upload({ key: sourceKey, sizeBytes, crc32, metadata: source.metadata, read }, never);
}

interface Series {
  readonly title: string;
  readonly sizeBytes: number;
  readonly rows: readonly Row[];
}

async function runServer(bench: Bench, name: ServerName, source: Source): Promise<readonly Series[]> {
  const server = await startServer(bench, name, source);
  const all: Series[] = [];
  try {
    const store = makeOpenObjectStore({ clock: systemClock })(server.address, server.credentials);
    await longStep(report, `filling ${name}`, () => fill(store, server, source));
    const clients = [makeReprise(bench.bundle), ...makeRivals(bench.programs, server)];
    const { rounds, directions } = bench.options;
    for (const direction of directions) {
      const title = `${direction} of ${(source.object.size / 1e9).toFixed(2)} GB, ${name}${server.authority === undefined ? '' : ' (TLS)'}`;
      report(`${title}; load ${load()}`);
      const { object, file } = source;
      const stopwatch = bench.programs.transfer;
      const { directory } = bench;
      const parts = {
        direction,
        rounds,
        clients,
        server,
        store,
        object,
        source: file,
        directory,
        stopwatch,
        report,
      };
      const rows = await runSeries(parts);
      const series = { title, sizeBytes: object.size, rows };
      print(series);
      all.push(series);
    }
    return all;
  } finally {
    await server.stop();
    rmSync(join(bench.directory, name), { recursive: true, force: true });
  }
}

function print({ title, rows, sizeBytes }: Series): void {
  console.log(`\n### ${title}\n\n${formatTable(rows, sizeBytes)}\n`);
  for (const line of formatVerdict(rows, sizeBytes)) console.log(line);
}

async function main(): Promise<void> {
  const options = parseOptions(process.env, memoryDirectory());
  for (const size of options.sizes) requireSpace(options, size);
  mkdirSync(options.directory, { recursive: true });
  const bench = await prepare(options);
  const all: Series[] = [];
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load()}, ${options.rounds} rounds`,
  );
  try {
    for (const size of options.sizes) {
      const source = await makeSource(bench, size);
      for (const name of options.servers) all.push(...(await runServer(bench, name, source)));
    }
  } finally {
    rmSync(bench.directory, { recursive: true, force: true });
  }
  console.log(`\nload at the end ${load()}`);
  if (options.output !== undefined) {
    const plain = all.map(({ rows, ...series }) => ({
      ...series,
      rows: rows.map(({ client, turns, absent }) => ({ client: client.name, turns, absent })),
    }));
    writeFileSync(options.output, `${JSON.stringify(plain, undefined, 2)}\n`);
  }
}

await main();
