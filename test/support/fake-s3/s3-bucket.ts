// Whole-bucket requests of the fake S3 server: ListObjectsV2 and DeleteObjects.
import { escapeXml, type ListPage, type S3Answer, type S3Quirks, type S3Request, xml } from './s3-answer.ts';
import type { S3Objects } from './s3-objects.ts';

const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function listObjects(objects: S3Objects, { query }: S3Request, quirks: S3Quirks): S3Answer {
  const instead = quirks.listing?.(query);
  if (instead !== undefined) return instead;
  const prefix = query.get('prefix') ?? '';
  const start = quirks.startAfter === 'ignored' ? null : query.get('start-after');
  const after = query.get('continuation-token') ?? start;
  const most = Number(query.get('max-keys') ?? 1000);
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix) && (after === null || byteOrder(key, after) > 0))
    .toSorted(byteOrder);
  const shown = keys.slice(0, most);
  const truncated = keys.length > shown.length;
  const honest = { keys: shown, truncated, token: truncated ? shown.at(-1) : undefined, count: shown.length };
  const page = quirks.page === undefined ? honest : quirks.page(honest);
  return xml('ListBucketResult', formatPage(objects, page));
}

function formatFacts(objects: S3Objects, key: string): string {
  const object = objects.get(key);
  const savedAt = new Date(object?.savedAt ?? 0).toISOString();
  const size = object?.bytes.length ?? 0;
  const etag = escapeXml(object?.etag ?? '');
  return `<Key>${escapeXml(key)}</Key><LastModified>${savedAt}</LastModified><ETag>${etag}</ETag><Size>${size}</Size>`;
}

function formatPage(objects: S3Objects, page: ListPage): string {
  const entries = page.keys.map((key) => `<Contents>${formatFacts(objects, key)}</Contents>`);
  const token =
    page.token === undefined ? '' : `<NextContinuationToken>${escapeXml(page.token)}</NextContinuationToken>`;
  return `<IsTruncated>${page.truncated}</IsTruncated>${token}<KeyCount>${page.count}</KeyCount>${entries.join('')}`;
}

/** Of a bucket that keeps none: each object is its one version. */
export function listVersions(objects: S3Objects, { query }: S3Request): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('key-marker');
  const most = Number(query.get('max-keys') ?? 1000);
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix) && (after === null || byteOrder(key, after) > 0))
    .toSorted(byteOrder);
  const shown = keys.slice(0, most);
  const entries = shown.map((key) => {
    const facts = formatFacts(objects, key);
    return `<Version>${facts}<VersionId>null</VersionId><IsLatest>true</IsLatest></Version>`;
  });
  const next = `<NextKeyMarker>${escapeXml(shown.at(-1) ?? '')}</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker>`;
  const truncated = keys.length > shown.length;
  const paging = `<IsTruncated>${truncated}</IsTruncated>${truncated ? next : ''}`;
  return xml('ListVersionsResult', paging + entries.join(''));
}

const named: Readonly<Record<string, string>> = { quot: '"', lt: '<', gt: '>', apos: "'", amp: '&' };

const unescapeXml = (text: string): string =>
  text.replaceAll(/&(?:#([0-9]+)|([a-z]+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? (named[name] ?? '') : String.fromCodePoint(Number(code)),
  );

export function deleteBatch(objects: S3Objects, { body }: S3Request, quirks: S3Quirks): S3Answer {
  const instead = quirks.deletion?.();
  if (instead !== undefined) return instead;
  const results = [...body.toString().matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, entry = '']) => {
    const key = unescapeXml(/<Key>(.*?)<\/Key>/.exec(entry)?.[1] ?? '');
    const etag = /<ETag>(.*?)<\/ETag>/.exec(entry)?.[1];
    const refusal =
      quirks.keeps?.(key) ?? unmetCondition(objects, { key, etag: etag && unescapeXml(etag) }, quirks);
    if (refusal === '') return '';
    if (refusal !== undefined)
      return `<Error><Key>${escapeXml(key)}</Key><Code>${refusal}</Code><Message>the fake keeps it</Message></Error>`;
    objects.delete(key);
    return `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`;
  });
  return xml('DeleteResult', results.join(''));
}

function unmetCondition(
  objects: S3Objects,
  { key, etag }: { readonly key: string; readonly etag: string | undefined },
  { conditions = 'obeyed' }: S3Quirks,
): string | undefined {
  const present = objects.get(key);
  const unmet = etag !== undefined && present !== undefined && present.etag !== etag;
  return unmet && conditions !== 'ignored' ? 'PreconditionFailed' : undefined;
}
