// Multipart uploads of the fake S3 server: nothing is visible before Complete, and Complete checks every part it names.
import { randomUUID } from 'node:crypto';
import {
  checkCondition,
  checksumOf,
  empty,
  escapeXml,
  etagOf,
  refuse,
  type S3Answer,
  type S3Quirks,
  type S3Request,
  wholeSecond,
  xml,
} from './s3-answer.ts';
import { checkBody, metadataOf, type S3Objects } from './s3-objects.ts';

export interface S3Upload {
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly checksum: 'whole' | 'parts' | 'none';
  readonly parts: Map<number, Buffer>;
  /** The CRC32 kept of a part, where it is not that of its bytes. */
  readonly kept: Map<number, string>;
}

export type S3Uploads = Map<string, S3Upload>;

export function createUpload(uploads: S3Uploads, request: S3Request, quirks: S3Quirks): S3Answer {
  const { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type } = request.headers;
  const whole = type === 'FULL_OBJECT';
  if (whole && quirks.wholeChecksum === 'unknown') return refuse('InvalidRequest');
  const kept = algorithm !== undefined && quirks.wholeChecksum !== 'ignored';
  const checksum = kept ? (whole ? 'whole' : 'parts') : 'none';
  const id = randomUUID();
  uploads.set(id, {
    key: request.key,
    metadata: metadataOf(request),
    startedAt: wholeSecond(),
    checksum,
    parts: new Map(),
    kept: new Map(),
  });
  const told = kept
    ? { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': whole ? 'FULL_OBJECT' : 'COMPOSITE' }
    : {};
  const answer = xml('InitiateMultipartUploadResult', `<Key>${request.key}</Key><UploadId>${id}</UploadId>`);
  return { ...answer, headers: { ...answer.headers, ...told } };
}

const uploadOf = (uploads: S3Uploads, { key, query }: S3Request): S3Upload | undefined => {
  const upload = uploads.get(query.get('uploadId') ?? '');
  return upload?.key === key ? upload : undefined;
};

/** A copied range, and the CRC32 to keep for it where that is not its own. */
export interface CopiedRange {
  readonly bytes: Buffer;
  readonly kept: string | undefined;
}

export function putPart(uploads: S3Uploads, request: S3Request, source: CopiedRange | undefined): S3Answer {
  const upload = uploadOf(uploads, request);
  if (upload === undefined) return refuse('NoSuchUpload');
  const refusal = checkBody(request);
  if (refusal !== undefined) return refusal;
  const bytes = source?.bytes ?? request.body;
  const number = Number(request.query.get('partNumber'));
  upload.parts.set(number, bytes);
  upload.kept.delete(number);
  const etag = etagOf(bytes);
  if (source === undefined) return empty(200, { etag, 'x-amz-checksum-crc32': checksumOf(bytes) });
  if (source.kept !== undefined) upload.kept.set(number, source.kept);
  const checksum = upload.checksum === 'none' ? '' : checksumXml(source.kept ?? checksumOf(bytes));
  return xml('CopyPartResult', `<ETag>${escapeXml(etag)}</ETag>${checksum}`);
}

const checksumXml = (checksum: string): string => `<ChecksumCRC32>${checksum}</ChecksumCRC32>`;

/** Two parts a page, so that the next page is asked for too. */
const partsPerPage = 2;

export function listParts(uploads: S3Uploads, request: S3Request): S3Answer {
  const upload = uploadOf(uploads, request);
  if (upload === undefined) return refuse('NoSuchUpload');
  const after = Number(request.query.get('part-number-marker') ?? 0);
  const all = [...upload.parts].toSorted(([a], [b]) => a - b).filter(([number]) => number > after);
  const page = all.slice(0, partsPerPage);
  const entries = page.map(([number, bytes]) => {
    const checksum = upload.checksum === 'none' ? '' : checksumXml(checksumOf(bytes));
    const etag = escapeXml(etagOf(bytes));
    return `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag><Size>${bytes.length}</Size>${checksum}</Part>`;
  });
  const kept =
    upload.checksum === 'none'
      ? ''
      : `<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>${upload.checksum === 'whole' ? 'FULL_OBJECT' : 'COMPOSITE'}</ChecksumType>`;
  const next = page.at(-1)?.[0] ?? after;
  const paging = `<IsTruncated>${all.length > page.length}</IsTruncated><NextPartNumberMarker>${next}</NextPartNumberMarker>`;
  return xml('ListPartsResult', kept + paging + entries.join(''));
}

/** One upload a page. */
export function listUploads(uploads: S3Uploads, { query }: S3Request): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('upload-id-marker');
  const all = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
  const from = after === null ? 0 : all.findIndex(([id]) => id === after) + 1;
  const page = all.slice(from, from + 1);
  const entries = page.map(
    ([id, { key, startedAt }]) =>
      `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(startedAt).toISOString()}</Initiated></Upload>`,
  );
  const next = page.map(
    ([id, { key }]) =>
      `<NextKeyMarker>${escapeXml(key)}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker>`,
  );
  const paging = `<IsTruncated>${from + 1 < all.length}</IsTruncated>${next.join('')}`;
  return xml('ListMultipartUploadsResult', paging + entries.join(''));
}

export function abortUpload(uploads: S3Uploads, request: S3Request): S3Answer {
  if (uploadOf(uploads, request) === undefined) return refuse('NoSuchUpload');
  uploads.delete(request.query.get('uploadId') ?? '');
  return empty(204);
}

interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

function namedParts({ body }: S3Request): readonly NamedPart[] {
  return [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => {
    const field = (name: string): string | undefined =>
      new RegExp(`<${name}>(.*?)</${name}>`).exec(part)?.[1]?.replaceAll('&quot;', '"');
    return {
      number: Number(field('PartNumber')),
      etag: field('ETag') ?? '',
      checksum: field('ChecksumCRC32'),
    };
  });
}

/** Why these parts cannot be joined; undefined when they can. */
function checkParts(upload: S3Upload, parts: readonly NamedPart[]): S3Answer | undefined {
  if (parts.length === 0) return refuse('MalformedXML');
  const wrong = parts.some(({ number, etag, checksum }) => {
    const bytes = upload.parts.get(number);
    if (bytes === undefined || etagOf(bytes) !== etag) return true;
    const kept = upload.kept.get(number) ?? checksumOf(bytes);
    return upload.checksum === 'none' ? checksum !== undefined : checksum !== kept;
  });
  return wrong ? refuse('InvalidPart') : undefined;
}

export function completeUpload(
  { uploads, objects }: { readonly uploads: S3Uploads; readonly objects: S3Objects },
  request: S3Request,
  quirks: S3Quirks,
): S3Answer {
  const upload = uploadOf(uploads, request);
  if (upload === undefined) return refuse('NoSuchUpload');
  const parts = namedParts(request);
  const refusal = checkParts(upload, parts) ?? checkCondition(request, objects.get(request.key), quirks);
  if (refusal !== undefined) return refusal;
  const bytes = Buffer.concat(parts.map(({ number }) => upload.parts.get(number) ?? Buffer.alloc(0)));
  const announced = request.headers['x-amz-checksum-crc32'];
  if (upload.checksum === 'whole' && announced !== undefined && announced !== checksumOf(bytes))
    return refuse('BadDigest');
  const etag = etagOf(bytes).replace(/"$/, `-${parts.length}"`);
  const checksum = upload.checksum === 'whole' ? checksumOf(bytes) : undefined;
  objects.set(request.key, { bytes, etag, savedAt: wholeSecond(), metadata: upload.metadata, checksum });
  uploads.delete(request.query.get('uploadId') ?? '');
  return xml('CompleteMultipartUploadResult', `<Key>${request.key}</Key><ETag>${etag}</ETag>`);
}
