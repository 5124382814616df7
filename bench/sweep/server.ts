// The servers of the sweep bench, filled with keys and without a PUT: a server that holds keys in memory, and versitygw over hard
// links. Each tells what is left in it, and puts back what was deleted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { startObjectServer } from '../../dev/bucket/object-server.ts';
import type { Report } from '../../dev/progress/report.ts';
import { cpuSeconds } from '../../dev/process/footprint.ts';
import { findBinaries } from '../../dev/tools/binaries.ts';
import type { BucketAddress, Credentials } from '../../src/ports/objects.ts';

export interface SweepServer {
  readonly name: string;
  readonly address: BucketAddress & { readonly endpoint: string };
  readonly credentials: Credentials;
  /** Every key is there again, and nothing is counted. */
  readonly fill: () => Promise<void>;
  /** The keys that are there, in no order. */
  readonly left: () => Promise<readonly string[]>;
  /** What it has taken of the CPU so far. */
  readonly cpuSeconds: () => number;
  /** Pages of listings since it was filled; undefined where the server does not count. */
  readonly lists: () => Promise<number | undefined>;
  readonly stop: () => Promise<void>;
}

/** Starts the server in memory; it uses one core. `keysFile` holds the keys in order. */
export async function startMemoryServer(program: string, keysFile: string): Promise<SweepServer> {
  const child = spawn(program, ['serve', '-keys', keysFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GOMAXPROCS: '1' },
  });
  const ended = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  const endpoint = `http://${String(line)}`;
  const ask = async (path: string): Promise<string> => (await fetch(`${endpoint}/-/${path}`)).text();
  return {
    name: 'memory',
    address: { endpoint, region: 'us-east-1', bucket: 'bench', forcePathStyle: true, caBundle: undefined },
    credentials: { accessKeyId: 'bench', secretAccessKey: 'not-a-secret' },
    fill: async () => void (await ask('reset')),
    left: async () => (await ask('left')).split('\n').filter((key) => key !== ''),
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    lists: async () => (JSON.parse(await ask('counts')) as { readonly Lists: number }).Lists,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A file system allows only so many links to one file. */
const linksPerFile = 10_000;
const longAgo = new Date('2024-02-01T01:29:28Z');

/** Starts versitygw on files below `directory`. */
export async function startVersitygwServer(
  { directory, keys }: { readonly directory: string; readonly keys: readonly string[] },
  report: Report,
): Promise<SweepServer> {
  const { versitygw: binary } = await findBinaries(['versitygw'], report);
  mkdirSync(directory, { recursive: true });
  const options = { directory, binary, address: '127.0.0.1', agentNamespaces: ['bench'] };
  const started = await startObjectServer(options);
  const { endpoint, region, bucket, operator, server, dataDirectory } = started;
  const root = join(dataDirectory, bucket);
  return {
    name: 'versitygw',
    address: { endpoint, region, bucket, forcePathStyle: true, caBundle: undefined },
    credentials: operator,
    fill: async () => link({ root, sources: join(directory, 'sources'), keys }),
    left: async () =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
    cpuSeconds: () => cpuSeconds(server.running()?.pid ?? 0),
    lists: async () => undefined,
    stop: () => server.stop(),
  };
}

interface Links {
  readonly root: string;
  readonly sources: string;
  readonly keys: readonly string[];
}

function link({ root, sources, keys }: Links): void {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  rmSync(sources, { recursive: true, force: true });
  mkdirSync(sources, { recursive: true });
  const made = new Set<string>();
  let source = '';
  keys.forEach((key, index) => {
    if (index % linksPerFile === 0) {
      source = join(sources, String(index));
      writeFileSync(source, 'x');
      utimesSync(source, longAgo, longAgo);
    }
    const path = join(root, key);
    const folder = dirname(path);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    linkSync(source, path);
  });
}
