// Opens a bucket with credentials the user has: first those of the AWS environment or profile, then, for a run, the Secret of its
// agents. What let nobody in is said of each. Never shows a credential.
import { readCredentials } from '../api/credentials.ts';
import type { CheckpointStore } from '../api/store.ts';
import { isEndpoint } from '../config/cli-config.ts';
import { type Cluster, ClusterError } from '../ports/cluster.ts';
import { secrets } from '../ports/kinds.ts';
import {
  type BucketAddress,
  type Credentials,
  type ObjectStore,
  ObjectStoreError,
  type ObjectStoreErrorCode,
} from '../ports/objects.ts';
import type { CommandInput, OptionSpec } from './command.ts';
import { CommandError, sentenceOf, UsageError } from './errors.ts';
import type { CliWorld } from './world.ts';

/** The options of every command that reads a bucket. */
export const storeOptions: readonly OptionSpec[] = [
  {
    name: 'endpoint',
    value: 'URL',
    help: "S3 server to ask (default: the store's; for s3:// that of the AWS environment or profile)",
  },
];

/** There is nothing to try with. */
class NoKey extends Error {
  override readonly name = 'NoKey';
}

/** One way to get in; `read` rejects with NoKey when there is nothing to try. */
interface Key {
  readonly name: string;
  readonly read: () => Promise<Credentials | undefined>;
}

/** Opens the bucket of an s3:// address with the user's own credentials. */
export async function openOwnBucket(
  world: CliWorld,
  input: CommandInput,
  bucket: string,
): Promise<ObjectStore> {
  const { aws } = world.config;
  const endpoint = endpointOf(input) ?? aws.endpoint;
  // AWS itself wants the bucket in the host name, and a certificate fits no bucket with a dot
  const forcePathStyle = endpoint !== undefined || bucket.includes('.');
  const { region, caBundle } = aws;
  return await world.openBucket({ endpoint, region, bucket, forcePathStyle, caBundle }, undefined);
}

/** Whose bucket it is, and who may hold a key to it. */
export interface StoreQuestion {
  readonly cluster: Cluster;
  readonly store: CheckpointStore;
  /** The run's. */
  readonly namespace: string;
}

/**
 * Does `use` with the store's bucket, opened with the first credentials that let it. @throws CommandError that names every
 * way that was tried and why it failed
 */
export async function withStore<T>(
  { world, input }: { readonly world: CliWorld; readonly input: CommandInput },
  question: StoreQuestion & { readonly use: (objects: ObjectStore) => Promise<T> },
  signal: AbortSignal,
): Promise<T> {
  const address = addressOf(question.store, input);
  const failures: string[] = [];
  for (const { name, read } of keysOf(world, question, signal)) {
    try {
      return await question.use(await world.openBucket(address, await read()));
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      failures.push(`${name}: ${withoutStop(whyRefused(cause))}`);
    }
  }
  const where = `the bucket "${address.bucket}" of the store "${question.store.metadata.name}"`;
  throw new CommandError(`no credentials open ${where}. ${failures.join('. ')}.`);
}

/** The store's bucket opened with the agents' Secret of the namespace; undefined when there is none that the user may read. */
export async function openWithSecret(
  { world, input }: { readonly world: CliWorld; readonly input: CommandInput },
  question: StoreQuestion,
  signal: AbortSignal,
): Promise<ObjectStore | undefined> {
  try {
    const credentials = await readSecret(question, question.store.spec.agentCredentials.secretName, signal);
    return await world.openBucket(addressOf(question.store, input), credentials);
  } catch (cause) {
    if (isRefusal(cause)) return undefined;
    throw cause;
  }
}

function keysOf(world: CliWorld, question: StoreQuestion, signal: AbortSignal): readonly Key[] {
  const { secretName } = question.store.spec.agentCredentials;
  const { profile } = world.config.aws;
  return [
    { name: ownName(profile), read: async () => undefined },
    {
      name: `The agents' Secret ${question.namespace}/${secretName}`,
      read: () => readSecret(question, secretName, signal),
    },
  ];
}

async function readSecret(
  { cluster, namespace }: StoreQuestion,
  name: string,
  signal: AbortSignal,
): Promise<Credentials> {
  const secret = await cluster.get(secrets, { name, namespace }, signal);
  if (secret === undefined) throw new NoKey('it does not exist');
  const credentials = readCredentials(secret.data ?? {});
  if ('missing' in credentials) throw new NoKey(`it has no ${credentials.missing}`);
  return credentials;
}

function addressOf({ spec: { s3 } }: CheckpointStore, input: CommandInput): BucketAddress {
  const { endpoint, region, bucket, forcePathStyle, caBundle } = s3;
  return { endpoint: endpointOf(input) ?? endpoint, region, bucket, forcePathStyle, caBundle };
}

function endpointOf(input: CommandInput): string | undefined {
  const endpoint = input.text('endpoint');
  if (endpoint === undefined || isEndpoint(endpoint)) return endpoint;
  throw new UsageError(
    '--endpoint must be the URL of an S3 server without path and credentials, such as https://s3.example.com:9000',
  );
}

/** Refused: an expired session, a token this server does not know. */
const refusals: ReadonlySet<ObjectStoreErrorCode> = new Set(['AccessDenied', 'NoCredentials', 'Refused']);

/** Whether other credentials may help: these do not let us in, or there are none. */
function isRefusal(cause: unknown): boolean {
  if (cause instanceof ObjectStoreError) return refusals.has(cause.code);
  if (cause instanceof ClusterError) return cause.code === 'Forbidden';
  return cause instanceof NoKey;
}

// the adapter's cure speaks to stores and pods
function whyRefused(cause: unknown): string {
  if (!(cause instanceof ObjectStoreError) || cause.code !== 'NoCredentials') return sentenceOf(cause);
  const words = /CredentialsProviderError: (.*);/.exec(cause.message)?.[1];
  return `no credentials were found${words === undefined ? '' : ` (${withoutStop(words)})`}`;
}

/** Asks with the user's own credentials alone. @throws CommandError that says what to set when there are none */
export async function withOwnCredentials<T>({ config }: CliWorld, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof ObjectStoreError) || cause.code !== 'NoCredentials') throw cause;
    const message = `${ownName(config.aws.profile)}: ${whyRefused(cause)}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`;
    throw new CommandError(message, { cause });
  }
}

const ownName = (profile: string): string => `Your AWS environment or profile "${profile}"`;

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');
