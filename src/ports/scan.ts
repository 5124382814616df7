// What is asked for by, and told by, a scan of a bucket: a listing of everything below a prefix in no order. Types only.
import type { ListedObject } from '../domain/bucket/inventory.ts';

/** Every object below a prefix, for whom their order does not matter. */
export interface ScanRequest {
  readonly prefix: string;
  /** Keys or prefixes that are probably there, by which the scan is shared out; none of them needs to exist. */
  readonly landmarks?: readonly string[];
}

/** One version of an object; a delete marker has no bytes and an empty ETag. */
export interface ListedVersion extends ListedObject {
  readonly versionId: string;
  /** What a reader without a version id gets. */
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}
