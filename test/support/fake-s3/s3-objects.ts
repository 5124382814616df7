// Single objects of the fake S3 server: PUT, GET, HEAD, DELETE.
import {
  checkCondition,
  checksumOf,
  empty,
  etagOf,
  refuse,
  type S3Answer,
  type S3Object,
  type S3Quirks,
  type S3Request,
  wholeSecond,
} from './s3-answer.ts';

export type S3Objects = Map<string, S3Object>;

const metadataPrefix = 'x-amz-meta-';

/** The user metadata of a request. */
export const metadataOf = ({ headers }: S3Request): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(metadataPrefix) ? [[name.slice(metadataPrefix.length), String(value)]] : [],
    ),
  );

/** The answer to a body that is not what its headers announce; undefined when it is. */
export function checkBody({ headers, body }: S3Request): S3Answer | undefined {
  const announced = headers['x-amz-checksum-crc32'];
  return announced === undefined || announced === checksumOf(body) ? undefined : refuse('BadDigest');
}

export function putObject(objects: S3Objects, request: S3Request, quirks: S3Quirks): S3Answer {
  const { key, body } = request;
  const refusal = checkBody(request) ?? checkCondition(request, objects.get(key), quirks);
  if (refusal !== undefined) return refusal;
  const etag = etagOf(body);
  const checksum = checksumOf(body);
  objects.set(key, { bytes: body, etag, savedAt: wholeSecond(), metadata: metadataOf(request), checksum });
  return empty(200, { etag });
}

export function deleteObject(objects: S3Objects, request: S3Request, quirks: S3Quirks): S3Answer {
  const present = objects.get(request.key);
  const refusal = present === undefined ? undefined : checkCondition(request, present, quirks);
  if (refusal !== undefined) return refusal;
  objects.delete(request.key);
  return empty(204);
}

export function getObject(objects: S3Objects, request: S3Request, quirks: S3Quirks): S3Answer {
  const object = objects.get(request.key);
  if (object === undefined) return request.method === 'HEAD' ? empty(404) : refuse('NoSuchKey');
  const match = request.headers['if-match'];
  if (match !== undefined && match !== object.etag) return refuse('PreconditionFailed');
  const range = request.headers.range;
  if (range === undefined || quirks.ranges === 'whole') return whole(object, request);
  return part(
    object,
    quirks.ranges === 'shifted' ? range.replace(/[0-9]+/, (first) => `${Number(first) + 1}`) : range,
  );
}

function factsOf(object: S3Object): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [metadataPrefix + name, value]);
  return {
    ...(Object.fromEntries(metadata) as Record<string, string>),
    etag: object.etag,
    'last-modified': new Date(object.savedAt).toUTCString(),
  };
}

function whole(object: S3Object, request: S3Request): S3Answer {
  const wanted = request.headers['x-amz-checksum-mode'] === 'ENABLED' && object.checksum !== undefined;
  const checksum = wanted ? { 'x-amz-checksum-crc32': object.checksum ?? '' } : {};
  return { status: 200, headers: { ...factsOf(object), ...checksum }, body: object.bytes };
}

function part(object: S3Object, range: string): S3Answer {
  const [first = 0, last = 0] = (/^bytes=([0-9]+)-([0-9]+)$/.exec(range) ?? []).slice(1).map(Number);
  const size = object.bytes.length;
  if (first >= size) return refuse('InvalidRange');
  const end = Math.min(last, size - 1);
  return {
    status: 206,
    headers: { ...factsOf(object), 'content-range': `bytes ${first}-${end}/${size}` },
    body: object.bytes.subarray(first, end + 1),
  };
}
