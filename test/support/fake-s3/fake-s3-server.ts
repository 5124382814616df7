// A small S3 server in memory, over real HTTP: enough of S3 for the adapter, with quirks that real servers have. Signatures are
// not checked; bodies and conditions are.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../../dev/control-plane/certificate.ts';
import type { BucketAddress, Credentials } from '../../../src/ports/objects.ts';
import { empty, refuse, type S3Answer, type S3Quirks, type S3Request } from './s3-answer.ts';
import { deleteBatch, listObjects, listVersions } from './s3-bucket.ts';
import { deleteObject, getObject, putObject, type S3Objects } from './s3-objects.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  listUploads,
  putPart,
  type S3Uploads,
} from './s3-uploads.ts';

export const fakeCredentials: Credentials = { accessKeyId: 'fake', secretAccessKey: 'not-a-secret' };

const bucket = 'fake-bucket';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export class FakeS3Server {
  readonly objects: S3Objects = new Map();
  readonly uploads: S3Uploads = new Map();
  /** What was asked for, how its body was signed, and whether a CRC32 came with it. */
  readonly requests: {
    readonly method: string;
    readonly key: string;
    readonly signed: string;
    readonly checked: boolean;
  }[] = [];
  quirks: S3Quirks = {};
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';

  private constructor(tls: KeyPair | undefined) {
    const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
      void this.#answer(incoming, outgoing);
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server =
      tls === undefined
        ? createServer(answer)
        : createTlsServer({ cert: tls.certificate, key: tls.key }, answer);
  }

  /** Starts one; over HTTPS when given a certificate. */
  static async start(tls?: KeyPair): Promise<FakeS3Server> {
    const fake = new FakeS3Server(tls);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The bucket behind `endpoint`: this server, or a proxy before it. */
  address(endpoint = this.endpoint): BucketAddress {
    return { endpoint, region: 'us-east-1', bucket, forcePathStyle: true, caBundle: undefined };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.#serve(incoming);
    const sent = body.subarray(0, this.quirks.cutAt ?? body.length);
    outgoing.writeHead(status, { ...headers, 'content-length': sent.length });
    outgoing.end(incoming.method === 'HEAD' ? undefined : sent);
  }

  async #serve(incoming: IncomingMessage): Promise<S3Answer> {
    const url = new URL(incoming.url ?? '/', this.endpoint);
    const [, name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const request: S3Request = {
      method: incoming.method ?? '',
      key: rest.join('/'),
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(await incoming.toArray().catch(() => [])),
    };
    const signed = String(request.headers['x-amz-content-sha256']);
    const checked = 'x-amz-checksum-crc32' in request.headers;
    this.requests.push({ method: request.method, key: request.key, signed, checked });
    if (!incoming.complete) return empty(400);
    if (/^[0-9a-f]{64}$/.test(signed) && signed !== sha256(request.body))
      return refuse('XAmzContentSHA256Mismatch');
    if (name !== bucket) return refuse('NoSuchBucket');
    return request.key === '' ? this.#bucket(request) : this.#object(request);
  }

  #bucket(request: S3Request): S3Answer {
    if (request.query.has('delete')) return deleteBatch(this.objects, request, this.quirks);
    if (request.query.has('uploads')) return listUploads(this.uploads, request);
    if (request.query.has('versions')) return listVersions(this.objects, request);
    return listObjects(this.objects, request, this.quirks);
  }

  #object(request: S3Request): S3Answer {
    const { objects, uploads, quirks } = this;
    if (request.query.has('uploads')) return createUpload(uploads, request, quirks);
    if (request.query.has('uploadId')) return this.#upload(request);
    if (request.method === 'PUT') return putObject(objects, request, quirks);
    if (request.method === 'DELETE') return deleteObject(objects, request, quirks);
    return getObject(objects, request, quirks);
  }

  #upload(request: S3Request): S3Answer {
    const { objects, uploads, quirks } = this;
    if (request.method === 'POST') return completeUpload({ uploads, objects }, request, quirks);
    if (request.method === 'DELETE') return abortUpload(uploads, request);
    if (request.method === 'GET') return listParts(uploads, request);
    return this.#part(request);
  }

  #part(request: S3Request): S3Answer {
    const { objects, uploads, quirks } = this;
    const { 'x-amz-copy-source': source, 'x-amz-copy-source-range': range } = request.headers;
    if (source === undefined) return putPart(uploads, request, undefined);
    if (quirks.copyPart === 'unknown') return refuse('NotImplemented');
    const from = objects.get(decodeURIComponent(String(source)).slice(bucket.length + 1));
    if (from === undefined) return refuse('NoSuchKey');
    const match = request.headers['x-amz-copy-source-if-match'];
    if (match !== undefined && match !== from.etag) return refuse('PreconditionFailed');
    const [first = 0, last = 0] = (/bytes=([0-9]+)-([0-9]+)/.exec(String(range)) ?? []).slice(1).map(Number);
    const kept = quirks.rangeChecksum === 'source' ? from.checksum : undefined;
    return putPart(uploads, request, { bytes: from.bytes.subarray(first, last + 1), kept });
  }
}
