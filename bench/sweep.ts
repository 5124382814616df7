// `make bench-sweep`: one pass of Reprise over a whole store (scan, plan, delete nine tenths of it) beside the tools people would
// otherwise use, told to list and delete the same keys, and beside a raw client; in alternating turns, against the same servers.
// What was measured: docs/adr/0011-listings-are-read-from-bytes.md. Options: bench/sweep/options.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { run } from '../dev/process/command.ts';
import { describeError } from '../dev/progress/polling.ts';
import { longStep } from '../dev/progress/report.ts';
import type { PassFigures, PassOrder, ScanFigures } from './sweep-pass.ts';
import { makeClients, type Sweep, type SweepClient } from './sweep/clients.ts';
import { parseOptions, type ServerName } from './sweep/options.ts';
import { type BenchRun, makeRuns } from './sweep/runs.ts';
import { startMemoryServer, startVersitygwServer, type SweepServer } from './sweep/server.ts';
import { formatSweeps, judgeSweeps, type SweepTurn } from './sweep/table.ts';
import { getPrograms, goProgram, type Programs } from './transfer/programs.ts';
import { measure } from './transfer/turn.ts';

const report = (line: string): void => console.error(line);
const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');

interface Bench {
  readonly programs: Programs;
  /** Our own Go program: the server in memory and the raw client. */
  readonly sweep: string;
  /** Our pass, bundled. */
  readonly pass: string;
  readonly directory: string;
  readonly rounds: number;
}

interface Store {
  readonly runs: readonly BenchRun[];
  /** In key order. */
  readonly keys: readonly string[];
  readonly condemned: readonly string[];
}

function makeStore(count: number): Store {
  const runs = makeRuns(count);
  const keys = runs.flatMap(({ kept, condemned }) => [...kept, ...condemned].toSorted());
  return { runs, keys, condemned: runs.flatMap(({ condemned }) => condemned) };
}

function startServer(bench: Bench, name: ServerName, { keys }: Store): Promise<SweepServer> {
  const directory = join(bench.directory, name);
  if (name === 'versitygw') return startVersitygwServer({ directory, keys }, report);
  const file = join(bench.directory, 'keys');
  writeFileSync(file, `${keys.join('\n')}\n`);
  return startMemoryServer(bench.sweep, file);
}

/** Keys that are there and should not be, and the other way round. */
async function countWrong(server: SweepServer, { runs }: Store): Promise<number> {
  const expected = new Set(runs.flatMap(({ kept }) => kept));
  const left = await server.left();
  return left.filter((key) => !expected.delete(key)).length + expected.size;
}

type Turn = (store: Store, server: SweepServer) => Promise<SweepTurn>;

// Some dependencies are CommonJS and call require() at run time, which an ES module does not have.
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Bundles our pass, as the operator is bundled. */
async function buildPass(directory: string): Promise<string> {
  const outfile = join(directory, 'sweep-pass.mjs');
  const entryPoints = [join(import.meta.dirname, 'sweep-pass.ts')];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: banner },
  });
  return outfile;
}

async function runPass(program: string, order: PassOrder): Promise<unknown> {
  // a scan alone has the settings of the image; the pass keeps what it listed, for which more room saves time
  const youngMegabytes = order.scanOnly ? 1 : 16;
  const args = [`--max-semi-space-size=${youngMegabytes}`, program, JSON.stringify(order)];
  const env = order.scanOnly ? { MALLOC_ARENA_MAX: '1' } : {};
  return JSON.parse(await run(process.execPath, args, { env, timeoutSeconds: 3600 }));
}

/** Reprise measures its phases itself, in one process; a scan in another tells what the listing alone holds. */
const repriseTurn =
  ({ pass: program }: Bench): Turn =>
  async (store, server) => {
    const { address, credentials } = server;
    const order = { address, credentials, runs: store.runs.length };
    const scan = (await runPass(program, { ...order, scanOnly: true })) as ScanFigures;
    const before = server.cpuSeconds();
    const figures = (await runPass(program, { ...order, scanOnly: false })) as PassFigures;
    if (figures.failed > 0) throw new Error(`${figures.failed} deletions failed`);
    return {
      client: 'reprise',
      keys: figures.keys,
      condemned: store.condemned.length,
      listSeconds: figures.list.wallSeconds,
      listCpuSeconds: figures.list.cpuSeconds,
      again: scan.again,
      planSeconds: figures.plan.wallSeconds,
      deleteSeconds: figures.delete.wallSeconds,
      deleteCpuSeconds: figures.delete.cpuSeconds,
      peakBytes: figures.delete.peakBytes,
      scanPeakBytes: scan.peakBytes,
      serverCpuSeconds: server.cpuSeconds() - before,
      lists: figures.lists,
      wrong: await countWrong(server, store),
    };
  };

const turnOf =
  (bench: Bench, client: SweepClient): Turn =>
  async (store, server) => {
    const scratch = join(bench.directory, 'turn');
    mkdirSync(scratch);
    try {
      const eighth = Math.ceil(store.runs.length / 8);
      const cuts = store.runs.flatMap(({ prefix }, n) => (n > 0 && n % eighth === 0 ? [prefix] : []));
      const sweep: Sweep = { server, cuts, condemned: store.condemned, scratch };
      const file = join(scratch, 'figures');
      const before = server.cpuSeconds();
      const listed = await measure(bench.programs.transfer, file, client.list(sweep));
      const lists = await server.lists();
      const deleted = await measure(bench.programs.transfer, file, client.delete(sweep));
      return {
        client: client.name,
        keys: store.keys.length,
        condemned: store.condemned.length,
        listSeconds: listed.wallSeconds,
        listCpuSeconds: listed.cpuSeconds,
        deleteSeconds: deleted.wallSeconds,
        deleteCpuSeconds: deleted.cpuSeconds,
        peakBytes: Math.max(listed.peakBytes, deleted.peakBytes),
        serverCpuSeconds: server.cpuSeconds() - before,
        lists,
        wrong: await countWrong(server, store),
      };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  };

type Figures = Map<string, SweepTurn[]>;

/** Every client once in each round; who begins moves on. A client that failed takes no further turn. */
async function takeTurns(bench: Bench, store: Store, server: SweepServer): Promise<Figures> {
  const clients = makeClients(bench.programs, bench.sweep);
  const turns = new Map<string, Turn>([['reprise', repriseTurn(bench)]]);
  for (const client of clients) turns.set(client.name, turnOf(bench, client));
  const figures: Figures = new Map([...turns.keys()].map((name) => [name, []]));
  const tryTurn = async (name: string, turn: Turn, round: number): Promise<void> => {
    await server.fill();
    try {
      const took = await turn(store, server);
      figures.get(name)?.push(took);
      report(
        `  round ${round}: ${name} ${took.listSeconds.toFixed(2)} s + ${took.deleteSeconds.toFixed(2)} s`,
      );
    } catch (thrown) {
      turns.delete(name);
      report(`  round ${round}: ${name} failed: ${describeError(thrown)}`);
    }
  };
  for (let round = 1; round <= bench.rounds; round += 1) {
    const able = [...turns];
    const first = round % able.length;
    for (const [name, turn] of [...able.slice(first), ...able.slice(0, first)])
      await tryTurn(name, turn, round);
  }
  return figures;
}

async function runServer(bench: Bench, name: ServerName, keys: number): Promise<readonly SweepTurn[]> {
  const store = makeStore(keys);
  const server = await longStep(report, `starting ${name}`, () => startServer(bench, name, store));
  try {
    const title = `${store.keys.length} keys of ${store.runs.length} runs, ${name}; load ${load()}`;
    report(title);
    const figures = await takeTurns(bench, store, server);
    console.log(`\n### ${title}\n\n${formatSweeps(figures)}\n`);
    for (const line of judgeSweeps(figures)) console.log(line);
    return [...figures.values()].flat();
  } finally {
    await server.stop();
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.env);
  const programs = await getPrograms(options.without, report);
  for (const [name, why] of Object.entries(programs.absent)) report(`ABSENT  ${name}: ${why}`);
  const sweep = await goProgram('sweep', '.', report);
  const directory = mkdtempSync(join(tmpdir(), 'reprise-bench-'));
  const all: (SweepTurn & { readonly server: ServerName })[] = [];
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load()}, ${options.rounds} rounds`,
  );
  try {
    const pass = await buildPass(directory);
    const bench: Bench = { programs, sweep, pass, directory, rounds: options.rounds };
    for (const { name, keys } of options.servers)
      all.push(...(await runServer(bench, name, keys)).map((turn) => ({ ...turn, server: name })));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  console.log(`\nload at the end ${load()}`);
  if (options.output !== undefined) writeFileSync(options.output, `${JSON.stringify(all, undefined, 2)}\n`);
}

await main();
