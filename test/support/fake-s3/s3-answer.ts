// Requests and answers of the fake S3 server, in S3's own forms.
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';

export interface S3Request {
  readonly method: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** S3 keeps times in whole seconds. */
export const wholeSecond = (): number => Math.floor(Date.now() / 1000) * 1000;

export interface S3Object {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly savedAt: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** base64, when the server keeps one for the whole. */
  readonly checksum: string | undefined;
}

/** How this server differs from what S3 documents. */
export interface S3Quirks {
  /** If-Match and If-None-Match on writes: obeyed unless said; `unknown` answers 501; `conflict` answers 409, not 412. */
  readonly conditions?: 'obeyed' | 'ignored' | 'unknown' | 'conflict';
  /** CRC32 of a whole multipart object: kept unless said; `unknown` answers 400 and takes parts' only. */
  readonly wholeChecksum?: 'kept' | 'unknown' | 'ignored';
  readonly copyPart?: 'known' | 'unknown';
  /** The CRC32 told of a copied range: its own unless said; `source` tells and keeps that of the whole source. */
  readonly rangeChecksum?: 'source';
  /** Changes a page of a listing before it is sent. */
  readonly page?: (page: ListPage) => ListPage;
  /** Of listings: `ignored` begins with the first key whatever the request says. */
  readonly startAfter?: 'ignored';
  /** Answers a listing in the place of what is there; undefined lists. */
  readonly listing?: (query: URLSearchParams) => S3Answer | undefined;
  /** Answers a deletion of many in the place of what is there; undefined deletes. */
  readonly deletion?: () => S3Answer | undefined;
  /** Ranged reads: `whole` answers 200 with everything, `shifted` another range than asked. */
  readonly ranges?: 'whole' | 'shifted';
  /** Sends only so many bytes of every answer, announced as all. */
  readonly cutAt?: number;
  /** What a batch says of a key it does not delete; '' says nothing. Undefined deletes it. */
  readonly keeps?: (key: string) => string | undefined;
}

export interface ListPage {
  readonly keys: readonly string[];
  readonly truncated: boolean;
  readonly token: string | undefined;
  readonly count: number;
}

export const checksumOf = (bytes: Uint8Array): string => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString('base64');
};

export const etagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** An XML document of one root. */
export const xml = (root: string, content: string, status = 200): S3Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`),
});

export const empty = (status: number, headers: Readonly<Record<string, string>> = {}): S3Answer => ({
  status,
  headers,
  body: Buffer.alloc(0),
});

const statuses: Readonly<Record<string, number>> = {
  NoSuchKey: 404,
  NoSuchBucket: 404,
  NoSuchUpload: 404,
  PreconditionFailed: 412,
  ConditionalRequestConflict: 409,
  InvalidRange: 416,
  NotImplemented: 501,
  AccessDenied: 403,
  SlowDown: 503,
  InternalError: 500,
};

/** S3's error document; 400 unless the code has a status of its own. */
export const refuse = (code: string): S3Answer =>
  xml('Error', `<Code>${code}</Code><Message>the fake says ${code}</Message>`, statuses[code] ?? 400);

/** The answer to a write that its condition forbids; undefined when it may go on. */
export function checkCondition(
  { headers }: S3Request,
  present: S3Object | undefined,
  { conditions = 'obeyed' }: S3Quirks,
): S3Answer | undefined {
  const { 'if-none-match': none, 'if-match': match } = headers;
  if (conditions === 'ignored') return undefined;
  if (match !== undefined) return refusalOf(conditions, present?.etag === match, present === undefined);
  return none === undefined ? undefined : refusalOf(conditions, present === undefined, false);
}

function refusalOf(
  conditions: S3Quirks['conditions'],
  met: boolean,
  nothingThere: boolean,
): S3Answer | undefined {
  if (conditions === 'unknown') return refuse('NotImplemented');
  if (met) return undefined;
  if (nothingThere) return refuse('NoSuchKey');
  return refuse(conditions === 'conflict' ? 'ConditionalRequestConflict' : 'PreconditionFailed');
}
