// How each client is asked to list the store and to delete the same keys: the nearest each can come to a sweep. The rivals are told
// which keys; only Reprise finds that out by itself.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from '../transfer/programs.ts';
import type { Job } from '../transfer/turn.ts';
import { storePrefix } from './runs.ts';
import type { SweepServer } from './server.ts';

/** One store to be swept. */
export interface Sweep {
  readonly server: SweepServer;
  /** Keys between which the store can be listed side by side. */
  readonly cuts: readonly string[];
  readonly condemned: readonly string[];
  /** Of this client alone. */
  readonly scratch: string;
}

/** A rival, or the raw client: one process for each half. */
export interface SweepClient {
  readonly name: string;
  readonly kind: 'rival' | 'raw';
  readonly list: (sweep: Sweep) => Job;
  readonly delete: (sweep: Sweep) => Job;
}

const batchKeys = 1000;
const lanes = 8;

function batchesOf(keys: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(keys.length / batchKeys);
  return Array.from({ length: count }, (_, n) => keys.slice(n * batchKeys, (n + 1) * batchKeys));
}

function fileOf({ scratch }: Sweep, name: string, lines: readonly string[]): string {
  const file = join(scratch, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const access = ({ server: { credentials } }: Sweep): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: 'us-east-1',
});

/** Runs a command whose output nobody reads. */
const quietly = (command: readonly string[], env: Job['env']): Job => ({
  command: ['sh', '-c', '"$@" > /dev/null', 'sh', ...command],
  env,
});

const endpointOf = ({ server }: Sweep): readonly string[] => ['--endpoint-url', server.address.endpoint];

const urlOf = ({ server }: Sweep, key: string): string => `s3://${server.address.bucket}/${key}`;

function s5cmd(program: string): SweepClient {
  const command = (sweep: Sweep, ...words: readonly string[]): Job =>
    quietly([program, '--log', 'error', ...endpointOf(sweep), ...words], access(sweep));
  return {
    name: 's5cmd',
    kind: 'rival',
    list: (sweep) => command(sweep, 'ls', urlOf(sweep, `${storePrefix}/*`)),
    delete: (sweep) => {
      const lines = batchesOf(sweep.condemned).map(
        (keys) => `rm ${keys.map((key) => urlOf(sweep, key)).join(' ')}`,
      );
      return command(sweep, '--numworkers', String(lanes), 'run', fileOf(sweep, 'rm', lines));
    },
  };
}

const rcloneFlags = [
  '--config /dev/null --log-level ERROR --retries 1 --fast-list --checkers 16 --transfers 16',
  '--s3-list-version 2 --s3-no-check-bucket --s3-no-head',
].flatMap((line) => line.split(' '));

const rcloneAccess = ({ server: { address, credentials } }: Sweep): Job['env'] => ({
  RCLONE_CONFIG_BENCH_TYPE: 's3',
  RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
  RCLONE_CONFIG_BENCH_REGION: 'us-east-1',
  RCLONE_CONFIG_BENCH_ENDPOINT: address.endpoint,
  RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: credentials.accessKeyId,
  RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

function rclone(program: string): SweepClient {
  const command = (sweep: Sweep, ...words: readonly string[]): Job => {
    const remote = `bench:${sweep.server.address.bucket}/${storePrefix}`;
    return quietly([program, ...words, ...rcloneFlags, remote], rcloneAccess(sweep));
  };
  return {
    name: 'rclone',
    kind: 'rival',
    list: (sweep) => command(sweep, 'lsf', '-R', '--files-only'),
    delete: (sweep) => {
      const names = sweep.condemned.map((key) => key.slice(storePrefix.length + 1));
      return command(sweep, 'delete', '--files-from-raw', fileOf(sweep, 'files', names));
    },
  };
}

function aws(program: string): SweepClient {
  const words = (sweep: Sweep, verb: string): readonly string[] => [
    program,
    's3api',
    verb,
    '--bucket',
    sweep.server.address.bucket,
    ...endpointOf(sweep),
  ];
  return {
    name: 'aws',
    kind: 'rival',
    list: (sweep) => {
      const query = ['--prefix', `${storePrefix}/`, '--query', 'Contents[].Key', '--output', 'text'];
      return quietly([...words(sweep, 'list-objects-v2'), ...query], access(sweep));
    },
    delete: (sweep) => {
      const one = words(sweep, 'delete-objects').join(' ');
      const script = batchesOf(sweep.condemned).map((keys, index) => {
        const order = JSON.stringify({ Objects: keys.map((Key) => ({ Key })), Quiet: true });
        return `${one} --delete file://${fileOf(sweep, `batch-${index}.json`, [order])} || exit 1`;
      });
      return quietly(['sh', fileOf(sweep, 'delete.sh', script)], access(sweep));
    },
  };
}

const makers: Readonly<Record<string, (program: string) => SweepClient>> = { s5cmd, rclone, aws };

/** The server's own ceiling. */
function rawClient(program: string): SweepClient {
  const command = (sweep: Sweep, ...words: readonly string[]): Job => {
    const { endpoint, bucket } = sweep.server.address;
    return { command: [program, 'raw', '-endpoint', `${endpoint}/${bucket}`, ...words], env: access(sweep) };
  };
  return {
    name: 'raw',
    kind: 'raw',
    list: (sweep) => command(sweep, '-prefix', `${storePrefix}/`, '-cuts', fileOf(sweep, 'cuts', sweep.cuts)),
    delete: (sweep) =>
      command(sweep, '-lanes', String(lanes), '-delete', fileOf(sweep, 'keys', sweep.condemned)),
  };
}

/** The rivals that are there, and the raw client. */
export function makeClients({ rivals }: Programs, raw: string): readonly SweepClient[] {
  const found = Object.entries(rivals).flatMap(([name, program]) => makers[name]?.(program) ?? []);
  return [...found, rawClient(raw)];
}
