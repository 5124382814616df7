// The S3 server of a local cluster: versitygw on a plain directory, with the operator's account (root) and one for the agents, which
// may read and write below its namespaces' prefixes and delete nothing. Credentials are random and never on a command line.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../process/free-port.ts';
import { makeServer, type Server } from '../process/server.ts';
import { agentPolicy } from './bucket-policy.ts';

/** An S3 account. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Where the objects are and who may do what. */
export interface BucketAccess {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  /** may do everything */
  readonly operator: Credentials;
  /** limited to its namespaces, without delete */
  readonly agent: Credentials;
}

/** The S3 server; `server` stops and starts it again with the same data, port and accounts. */
export interface ObjectServer extends BucketAccess {
  readonly server: Server;
  readonly dataDirectory: string;
}

/** What an S3 server is started with. */
export interface ObjectServerOptions {
  /** the cluster's directory */
  readonly directory: string;
  readonly binary: string;
  /** the address to listen on */
  readonly address: string;
  /** namespaces whose prefixes the agents' account may use */
  readonly agentNamespaces: readonly string[];
}

const accessFile = (directory: string): string => join(directory, 's3', 'access.json');

/** The access data that a started server left in the cluster's directory. */
export function readBucketAccess(directory: string): BucketAccess {
  return JSON.parse(readFileSync(accessFile(directory), 'utf8')) as BucketAccess;
}

const makeCredentials = (name: string): Credentials => ({
  accessKeyId: `${name}${randomBytes(6).toString('hex')}`,
  secretAccessKey: randomBytes(24).toString('base64url'),
});

/** An S3 client of the SDK with one of the accounts. */
export function makeS3Client(access: BucketAccess, credentials: Credentials): S3Client {
  const { endpoint, region } = access;
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials, maxAttempts: 2 });
}

function writeAccounts(directory: string, { accessKeyId, secretAccessKey }: Credentials): void {
  const account = {
    access: accessKeyId,
    secret: secretAccessKey,
    role: 'user',
    userID: 0,
    groupID: 0,
    projectID: 0,
  };
  writeFileSync(
    join(directory, 'users.json'),
    JSON.stringify({ accessAccounts: { [accessKeyId]: account } }),
    {
      mode: 0o600,
    },
  );
}

async function makeBucket(access: BucketAccess, namespaces: readonly string[]): Promise<void> {
  const client = makeS3Client(access, access.operator);
  try {
    await client.send(new CreateBucketCommand({ Bucket: access.bucket }));
    const Policy = JSON.stringify(agentPolicy(access, namespaces));
    await client.send(new PutBucketPolicyCommand({ Bucket: access.bucket, Policy }));
  } finally {
    client.destroy();
  }
}

function prepare({ directory }: ObjectServerOptions, endpoint: string): BucketAccess {
  const access: BucketAccess = {
    endpoint,
    region: 'us-east-1',
    bucket: 'voice-ckpts',
    prefix: 'local',
    operator: makeCredentials('operator'),
    agent: makeCredentials('agent'),
  };
  for (const name of ['data', 'iam'])
    mkdirSync(join(directory, 's3', name), { recursive: true, mode: 0o700 });
  writeAccounts(join(directory, 's3', 'iam'), access.agent);
  writeFileSync(accessFile(directory), JSON.stringify(access), { mode: 0o600 });
  return access;
}

/** Starts the server on a free port with an empty bucket. @throws with the end of its log */
export async function startObjectServer(options: ObjectServerOptions): Promise<ObjectServer> {
  const { directory, address } = options;
  const port = await freePort(address);
  const access = prepare(options, `http://${address}:${port}`);
  const dataDirectory = join(directory, 's3', 'data');
  const iam = join(directory, 's3', 'iam');
  const server = makeServer({
    name: 'versitygw',
    command: options.binary,
    args: [
      `--port=${address}:${port}`,
      `--iam-dir=${iam}`,
      '--health=/health',
      '--keep-alive',
      '--quiet',
      'posix',
      dataDirectory,
    ],
    env: {
      ROOT_ACCESS_KEY_ID: access.operator.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: access.operator.secretAccessKey,
    },
    directory,
    async ready(signal) {
      const answer = await fetch(`${access.endpoint}/health`, { signal });
      await answer.body?.cancel();
      return answer.ok ? undefined : `/health answered ${answer.status}`;
    },
  });
  await server.start();
  await makeBucket(access, options.agentNamespaces);
  return { ...access, server, dataDirectory };
}
