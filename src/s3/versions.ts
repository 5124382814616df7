// Every version and delete marker below a prefix, or an error; what a server tells twice is handed over once.
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { ListedVersion } from '../ports/scan.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { BadAnswerError } from './trouble.ts';

/** Every version below `prefix`, page by page. */
export async function* listVersions(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedVersion[]> {
  let answer: ListObjectVersionsCommandOutput | undefined;
  let told: readonly ListedVersion[] = [];
  for (;;) {
    answer = await readPage(bucket, { prefix, after: answer }, signal);
    const page = entriesOf(answer);
    const before = new Set(told.map(({ key, versionId }) => `${versionId} ${key}`));
    yield page.filter(({ key, versionId }) => !before.has(`${versionId} ${key}`));
    if (answer.IsTruncated !== true) return;
    told = page;
  }
}

interface PagePlace {
  readonly prefix: string;
  readonly after: ListObjectVersionsCommandOutput | undefined;
}

function readPage(
  bucket: Bucket,
  { prefix, after }: PagePlace,
  signal: AbortSignal,
): Promise<ListObjectVersionsCommandOutput> {
  const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = after ?? {};
  const run = async (options: TryOptions): Promise<ListObjectVersionsCommandOutput> => {
    const to = { Bucket: bucket.name, Prefix: prefix, KeyMarker, VersionIdMarker };
    const answer = await bucket.client.send(new ListObjectVersionsCommand(to), options);
    const { IsTruncated: more, NextKeyMarker: key, NextVersionIdMarker: version } = answer;
    if (more === undefined) throw new BadAnswerError('a page that does not say whether more follow');
    if (more && (key === undefined || (key === KeyMarker && version === VersionIdMarker)))
      throw new BadAnswerError('a page with more to come that leads no further');
    return answer;
  };
  return bucket.caller.call({ verb: 'list the versions of', key: prefix, run }, signal);
}

interface Entry {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
}

const entriesOf = ({
  Versions = [],
  DeleteMarkers = [],
}: ListObjectVersionsCommandOutput): ListedVersion[] => [
  ...Versions.map((entry) => readEntry(entry, false)),
  ...DeleteMarkers.map((entry) => readEntry(entry, true)),
];

function readEntry(entry: Entry, isDeleteMarker: boolean): ListedVersion {
  const { Key: key, VersionId: versionId, IsLatest: isLatest, LastModified: modified } = entry;
  const { Size: sizeBytes = isDeleteMarker ? 0 : undefined, ETag: etag = '' } = entry;
  if (key === undefined || versionId === undefined || isLatest === undefined)
    throw new BadAnswerError('a version without key, id or rank');
  if (modified === undefined || sizeBytes === undefined)
    throw new BadAnswerError('a version without time or size');
  return { key, versionId, isLatest, savedAt: modified.getTime(), sizeBytes, etag, isDeleteMarker };
}
