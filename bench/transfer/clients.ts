// How each client is asked to move the object: the rivals at the settings that served them best here, and the raw programs that only
// move bytes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from './programs.ts';
import type { BenchServer } from './server.ts';
import type { Job } from './turn.ts';

/** One transfer to be done. */
export interface Transfer {
  readonly server: BenchServer;
  /** Key of the object to read, or to write. */
  readonly key: string;
  /** The local file: written by a restore, read by an upload. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Of this turn alone. */
  readonly scratch: string;
}

/** A client of the bench; undefined where it cannot do that. */
export interface Client {
  readonly name: string;
  readonly kind: 'ours' | 'rival' | 'raw';
  readonly restore: (transfer: Transfer) => Job;
  readonly upload: ((transfer: Transfer) => Job) | undefined;
}

const urlOf = ({ server: { address }, key }: Transfer): string => `s3://${address.bucket}/${key}`;

/** What every client of S3 reads from its environment. */
export function accessOf({ credentials, authority }: BenchServer): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
    ...(authority === undefined ? {} : { AWS_CA_BUNDLE: authority }),
  };
}

const s5cmdFlags = ({ address }: BenchServer): readonly string[] =>
  `--log error --endpoint-url ${address.endpoint} cp --concurrency 8 --part-size 16`.split(' ');

function s5cmd(program: string): Client {
  const copy = (transfer: Transfer, from: string, to: string): Job => ({
    command: [program, ...s5cmdFlags(transfer.server), from, to],
    env: accessOf(transfer.server),
  });
  return {
    name: 's5cmd',
    kind: 'rival',
    restore: (transfer) => copy(transfer, urlOf(transfer), transfer.file),
    upload: (transfer) => copy(transfer, transfer.file, urlOf(transfer)),
  };
}

// no listing, no second look, no hash beforehand: as little as it can be made to do beside the transfer
/** The object, in rclone's words. */
const remote = ({ server, key }: Transfer): string => `bench:${server.address.bucket}/${key}`;

const rcloneFlags = [
  '--config /dev/null --log-level ERROR --retries 1 --ignore-times --no-check-dest --ignore-checksum',
  '--s3-disable-checksum --s3-no-check-bucket --s3-use-multipart-etag=false',
  '--s3-chunk-size 16M --s3-upload-concurrency 8 --s3-upload-cutoff 16M',
  '--multi-thread-streams 8 --multi-thread-cutoff 16M --multi-thread-chunk-size 16M',
].flatMap((line) => line.split(' '));

function rclone(program: string): Client {
  const copy = ({ server }: Transfer, from: string, to: string): Job => ({
    command: [
      program,
      'copyto',
      ...rcloneFlags,
      ...(server.authority === undefined ? [] : ['--ca-cert', server.authority]),
      from,
      to,
    ],
    env: {
      RCLONE_CONFIG_BENCH_TYPE: 's3',
      RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
      RCLONE_CONFIG_BENCH_REGION: 'us-east-1',
      RCLONE_CONFIG_BENCH_ENDPOINT: server.address.endpoint,
      RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: server.credentials.accessKeyId,
      RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    },
  });
  return {
    name: 'rclone',
    kind: 'rival',
    restore: (transfer) => copy(transfer, remote(transfer), transfer.file),
    upload: (transfer) => copy(transfer, transfer.file, remote(transfer)),
  };
}

const awsConfig = `[default]
region = us-east-1
request_checksum_calculation = when_required
response_checksum_validation = when_required
s3 =
  addressing_style = path
  max_concurrent_requests = 16
  multipart_threshold = 16MB
  multipart_chunksize = 16MB
`;

function aws(program: string): Client {
  const copy = ({ server, scratch }: Transfer, from: string, to: string): Job => {
    const config = join(scratch, 'aws-config');
    writeFileSync(config, awsConfig);
    return {
      command: [
        program,
        's3',
        'cp',
        '--only-show-errors',
        '--endpoint-url',
        server.address.endpoint,
        from,
        to,
      ],
      env: { ...accessOf(server), AWS_CONFIG_FILE: config },
    };
  };
  return {
    name: 'aws',
    kind: 'rival',
    restore: (transfer) => copy(transfer, urlOf(transfer), transfer.file),
    upload: (transfer) => copy(transfer, transfer.file, urlOf(transfer)),
  };
}

/** Reads and writes without signatures: a server that wants them for writing has no raw writer. */
function raw(program: string, server: BenchServer): Client {
  const job = (verb: string, { file, sizeBytes, key }: Transfer): Job => ({
    command: [
      program,
      verb,
      '-file',
      file,
      '-size',
      String(sizeBytes),
      ...(server.authority === undefined ? [] : ['-ca', server.authority]),
      `${server.address.endpoint}/${server.address.bucket}/${key}`,
    ],
    env: {},
  });
  return {
    name: 'raw',
    kind: 'raw',
    restore: (transfer) => job('get', transfer),
    upload: server.generates ? (transfer) => job('put', transfer) : undefined,
  };
}

const rivals: Readonly<Record<string, (program: string) => Client>> = { s5cmd, rclone, aws };

/** The clients that Reprise is compared with. */
export function makeRivals(programs: Programs, server: BenchServer): readonly Client[] {
  const found = Object.entries(programs.rivals).flatMap(([name, program]) => rivals[name]?.(program) ?? []);
  return [...found, raw(programs.transfer, server)];
}
