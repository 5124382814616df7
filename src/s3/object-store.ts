// The adapter of the object store port on S3: opens a bucket and puts its operations together.
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore, OpenObjectStore } from '../ports/objects.ts';
import { type Bucket, connect } from './connection.ts';
import { copyObject } from './copy.ts';
import { bulkDelete, deleteObjects } from './deletion.ts';
import { getDocument, getRange, headObject, putDocument } from './documents.ts';
import { downloadObject } from './download.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { listObjects } from './listing.ts';
import { objectListing, versionListing } from './listing-page.ts';
import { abortUpload } from './multipart.ts';
import { probeCapabilities } from './probe.ts';
import { scanAll } from './scan.ts';
import { listUploads, sizeOfUpload } from './unfinished.ts';
import { uploadObject } from './upload.ts';

export interface S3Parts {
  readonly clock: Clock;
  /** In [0, 1), for jitter; the machine's own chance unless given. */
  readonly random?: () => number;
  /** What differs from {@link defaultLimits}. */
  readonly limits?: Partial<Limits>;
}

/** Makes the function that opens buckets. */
export function makeOpenObjectStore(parts: S3Parts): OpenObjectStore {
  const { clock, random = Math.random } = parts;
  const limits = { ...defaultLimits, ...parts.limits };
  return (address, credentials) => makeStore(connect(address, credentials, { clock, limits, random }));
}

function makeStore(bucket: Bucket): ObjectStore {
  return {
    list: (prefix, signal) => listObjects(bucket, prefix, signal),
    scan: (request, signal) => scanAll(bucket, { listing: objectListing, request }, signal),
    scanVersions: (request, signal) => scanAll(bucket, { listing: versionListing, request }, signal),
    head: async (key, signal) => {
      const head = await headObject(bucket, { key }, signal);
      if (head === undefined) return undefined;
      const { sizeBytes, savedAt, etag, metadata } = head;
      return { key, sizeBytes, savedAt, etag, metadata };
    },
    get: (key, signal) => getDocument(bucket, { key }, signal),
    getRange: (range, signal) => getRange(bucket, range, signal),
    put: (document, signal) => putDocument(bucket, document, signal),
    upload: (upload, signal) => uploadObject(bucket, upload, signal),
    listUploads: (prefix, signal) => listUploads(bucket, prefix, signal),
    sizeOfUpload: (upload, signal) => sizeOfUpload(bucket, upload, signal),
    abortUpload: ({ key, uploadId }, signal) => abortUpload(bucket, { key, id: uploadId }, signal),
    copy: (copy, signal) => copyObject(bucket, copy, signal),
    download: (download, signal) => downloadObject(bucket, download, signal),
    delete: (keys, signal) => deleteObjects(bucket, keys, signal),
    bulkDelete: (deletion, signal) => bulkDelete(bucket, deletion, signal),
    time: () => bucket.time.now(),
    trouble: () => bucket.caller.failing,
    probe: (prefix, signal) => probeCapabilities(bucket, prefix, signal),
  };
}
