// Builds the SDK's clients for one bucket with the settings without which they hang, hash twice or open a socket per request.
// Holds the credentials; shows them to nobody.
import { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Clock } from '../ports/clock.ts';
import type { BucketAddress, Credentials } from '../ports/objects.ts';
import { Caller } from './caller.ts';
import { type Dial, makeDial } from './dial.ts';
import type { Limits } from './limits.ts';
import type { PageEnd } from './scan-shares.ts';
import { SpareBuffers } from './spare-buffers.ts';
import { StoreTime } from './store-time.ts';
import { makeTrust, type Trust, TrustingAgent } from './trust.ts';

/** What this endpoint turned out not to do; learnt from its refusals, for as long as the store is open. */
export interface Lessons {
  /** False once it said that it does not know If-Match and If-None-Match on writes. */
  conditions: boolean;
  /** The best checksum of a multipart upload it accepts. */
  checksum: 'whole' | 'parts' | 'none';
  /** False once it told the CRC32 of a whole object for a range it had copied. */
  rangeChecksums: boolean;
  /** False once it, or a proxy before it, sent a range without its length. */
  framed: boolean;
}

/** An opened bucket: what every operation of the adapter works with. */
export interface Bucket {
  readonly name: string;
  readonly client: S3Client;
  /** For requests the server may think about for minutes without a byte. */
  readonly patient: S3Client;
  /** For bodies that do not pass through the SDK. */
  readonly dial: Dial;
  /** For the parts of uploads. */
  readonly buffers: SpareBuffers;
  /** For answers that are read whole. */
  readonly answers: SpareBuffers;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly caller: Caller;
  readonly time: StoreTime;
  readonly lessons: Lessons;
  /** What scans have found, so that the next one shares the work out well. */
  readonly scans: Map<string, readonly PageEnd[]>;
}

export interface ConnectionParts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly random: () => number;
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const idleSocketMilliseconds = 30_000;
const longestSilenceMilliseconds = 600_000;

/** Opens a bucket; no request is made. */
export function connect(
  address: BucketAddress,
  credentials: Credentials | undefined,
  parts: ConnectionParts,
): Bucket {
  const { clock, limits, random } = parts;
  const endpoint = nameOf(address);
  const time = new StoreTime(clock);
  const trust = makeTrust(address.caBundle);
  const clients = makeClients({ address, credentials, trust }, limits);
  time.observe(clients.client);
  time.observe(clients.patient);
  return {
    ...clients,
    name: address.bucket,
    dial: makeDial(trust),
    buffers: new SpareBuffers(),
    answers: new SpareBuffers(),
    limits,
    clock,
    caller: new Caller({ clock, limits, random, bucket: address.bucket, endpoint }),
    time,
    scans: new Map(),
    lessons: { conditions: true, checksum: 'whole', rangeChecksums: true, framed: true },
  };
}

interface Access {
  readonly address: BucketAddress;
  readonly credentials: Credentials | undefined;
  readonly trust: Trust;
}

function makeClients(
  { address, credentials, trust }: Access,
  limits: Limits,
): Pick<Bucket, 'client' | 'patient'> {
  const agents = makeAgents(trust, limits);
  const settings: S3ClientConfig = {
    region: address.region,
    forcePathStyle: address.forcePathStyle,
    maxAttempts: 1,
    // our own CRC32 is sent with every body; the SDK would add a SHA-256 or a slower checksum
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // it would be sent, and not waited for
    expectContinueHeader: false,
    logger: silent,
    ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
  };
  const client = new S3Client({
    ...settings,
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler: makeHandler(agents, limits, limits.idleMilliseconds),
  });
  const patient = new S3Client({
    ...settings,
    credentials: client.config.credentials,
    requestHandler: makeHandler(agents, limits, longestSilenceMilliseconds),
  });
  return { client, patient };
}

interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

function makeAgents(trust: Trust, limits: Limits): Agents {
  const options = {
    keepAlive: true,
    maxSockets: 4 * limits.lanes,
    maxFreeSockets: limits.lanes,
    // of a free socket: given up before a server would close it under a new request
    timeout: idleSocketMilliseconds,
  };
  return { httpAgent: new HttpAgent(options), httpsAgent: new TrustingAgent(options, trust) };
}

function makeHandler(agents: Agents, limits: Limits, socketTimeout: number): NodeHttpHandler {
  return new NodeHttpHandler({
    ...agents,
    connectionTimeout: limits.connectMilliseconds,
    socketTimeout,
    requestTimeout: limits.answerMilliseconds,
    throwOnRequestTimeout: true,
    logger: silent,
  });
}

/** The endpoint for messages: never with a user or password in it. */
function nameOf({ endpoint, region }: BucketAddress): string {
  if (endpoint === undefined) return `AWS ${region}`;
  const url = URL.parse(endpoint);
  return url === null ? 'an endpoint that is not a URL' : `${url.protocol}//${url.host}`;
}
