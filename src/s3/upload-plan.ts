// How an upload is cut and spread: the size of its parts, how many go at the same time, and how its bytes reach the socket. A slow
// rate gets small parts and few lanes, so that no connection falls silent and progress stays visible.
import type { Limits } from './limits.ts';

export interface UploadPlan {
  readonly partBytes: number;
  readonly lanes: number;
  /** Bytes handed to the socket at once. */
  readonly sliceBytes: number;
  /** What one part may take longer, because all lanes share the rate. */
  readonly pacedMilliseconds: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** Most parts of one multipart upload (S3's rule). */
const mostParts = 10_000;
/** Smallest part but the last (S3's rule). */
const smallestPartBytes = 5 * MiB;

/** Large enough to be cheap, small enough for what TLS keeps of it. */
const largestSliceBytes = 256 * KiB;
const smallestSliceBytes = KiB;

/** What one lane is worth having for. */
const laneBytesPerSecond = 8 * MiB;
const partSeconds = 5;
const slicesPerSecond = 8;

/** Cuts an upload of `sizeBytes`; `rate` is its most bytes a second, undefined = as fast as it goes. */
export function planUpload(sizeBytes: number, limits: Limits, rate: number | undefined): UploadPlan {
  const wished =
    rate === undefined
      ? limits.partBytes
      : Math.min(limits.partBytes, Math.max(smallestPartBytes, wholeMiB(rate * partSeconds)));
  const partBytes = sizeBytes <= wished * mostParts ? wished : wholeMiB(sizeBytes / mostParts);
  const affordable = Math.max(1, Math.floor(limits.bufferBytes / partBytes));
  const wanted = rate === undefined ? limits.lanes : Math.ceil(rate / laneBytesPerSecond);
  const lanes = Math.min(limits.lanes, affordable, wanted);
  if (rate === undefined) return { partBytes, lanes, sliceBytes: largestSliceBytes, pacedMilliseconds: 0 };
  const slice = Math.floor(rate / slicesPerSecond);
  return {
    partBytes,
    lanes,
    sliceBytes: Math.min(largestSliceBytes, Math.max(smallestSliceBytes, slice)),
    pacedMilliseconds: Math.ceil((1000 * lanes * Math.min(partBytes, sizeBytes)) / rate),
  };
}

const wholeMiB = (bytes: number): number => Math.ceil(bytes / MiB) * MiB;
