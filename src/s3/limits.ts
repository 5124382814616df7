// The bounds of everything this adapter does: how long, how often, how much at once. Nothing here is without a limit.

export interface Limits {
  readonly connectMilliseconds: number;
  /** A connection on which nothing moves for so long is given up, in the middle of a body too. */
  readonly idleMilliseconds: number;
  /** One try of a request, its body not counted. */
  readonly answerMilliseconds: number;
  /** What a body is granted on top: slower than this is taken for stuck. */
  readonly slowestBytesPerSecond: number;
  /** How fast a server may be expected to join the parts of an upload, while it answers nothing. */
  readonly joinedBytesPerSecond: number;
  readonly tries: number;
  /** Before the second try; doubled for each further one, and shortened at random by up to a half. */
  readonly firstDelayMilliseconds: number;
  readonly longestDelayMilliseconds: number;
  /** The longest Retry-After that is obeyed. */
  readonly longestWaitMilliseconds: number;
  /** The first delay after SlowDown; it holds back every request of the store. */
  readonly throttledDelayMilliseconds: number;
  /** Parts under way at the same time. */
  readonly lanes: number;
  /** The most one request of a download asks for. */
  readonly rangeBytes: number;
  /** Of an upload. */
  readonly partBytes: number;
  /** All parts of one upload that are in memory together. */
  readonly bufferBytes: number;
  /** Up to here an upload is a single request. */
  readonly singlePutBytes: number;
  /** What the store is asked to copy with one request. */
  readonly copyPartBytes: number;
  /** The largest part there may be (S3's rule). */
  readonly largestPartBytes: number;
  readonly pageKeys: number;
  /** A failed try that moved less than this counts against the tries of a range. */
  readonly progressBytes: number;
  /** How long to try to abort an upload that failed. */
  readonly cleanUpMilliseconds: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const defaultLimits: Limits = {
  connectMilliseconds: 5000,
  idleMilliseconds: 20_000,
  answerMilliseconds: 30_000,
  slowestBytesPerSecond: 256 * KiB,
  joinedBytesPerSecond: 64 * MiB,
  tries: 6,
  firstDelayMilliseconds: 200,
  longestDelayMilliseconds: 10_000,
  longestWaitMilliseconds: 60_000,
  throttledDelayMilliseconds: 1000,
  lanes: 8,
  rangeBytes: 64 * MiB,
  partBytes: 8 * MiB,
  bufferBytes: 64 * MiB,
  singlePutBytes: 5 * MiB,
  copyPartBytes: 512 * MiB,
  largestPartBytes: 5 * 1024 * MiB,
  pageKeys: 1000,
  progressBytes: MiB,
  cleanUpMilliseconds: 5000,
};

/** Most keys of one DeleteObjects (S3's rule). */
export const mostDeletions = 1000;

const leastRangeBytes = 16 * MiB;

/** How much one request of a download asks for: few requests, but several for each lane, so that none ends long before another. */
export const rangeBytesFor = (sizeBytes: number, { lanes, rangeBytes }: Limits): number =>
  Math.min(rangeBytes, Math.max(leastRangeBytes, Math.ceil(sizeBytes / (4 * lanes))));
