// What went wrong with one try of a request, in this adapter's words: the code, whether to try again, whether it may have
// taken effect all the same. Reads the SDK's errors; keeps nothing of them but name and message.
import type { ObjectStoreErrorCode } from '../ports/objects.ts';
import { record, text } from './record.ts';

export interface Trouble {
  readonly code: ObjectStoreErrorCode;
  readonly again: 'never' | 'soon' | 'slower';
  /** What a person can check. */
  readonly cure: string;
  /** The request may have taken effect. */
  readonly unknown: boolean;
  /** S3's word for it, or the system's. */
  readonly name: string;
  readonly detail: string;
  readonly status: number | undefined;
  /** The server's wish. */
  readonly waitMilliseconds: number | undefined;
}

/** `name` and `detail` where the SDK's own words would lead astray. */
type Verdict = Pick<Trouble, 'code' | 'again' | 'cure'> & Partial<Pick<Trouble, 'name' | 'detail'>>;

/** A complete answer that is not what was asked for; another try may bring the right one. */
export class BadAnswerError extends Error {
  override readonly name = 'BadAnswer';
}

/** A complete answer that cannot be used; no further try will change it. */
export class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswer';
}

const reach = 'check that the endpoint is right, up and reachable from here';
const elsewhere = "check the store's endpoint, region and forcePathStyle";
const signature = "check the access key and its secret, and this machine's clock";
const gone = 'it was deleted, or never written';

const denied = (cure: string): Verdict => ({ code: 'AccessDenied', again: 'never', cure });
const refused = (cure: string): Verdict => ({ code: 'Refused', again: 'never', cure });
const missing = (cure: string): Verdict => ({ code: 'NotFound', again: 'never', cure });
const misdirected = (cure: string): Verdict => ({ code: 'NotS3', again: 'never', cure });
/** A 404 of S3's own says which thing is not there. */
const wordless: Verdict = {
  ...misdirected("check the store's endpoint: host, port, and that no proxy answers in its place"),
  name: 'NotS3',
  detail: "the answer is not in S3's words",
};
const away = (cure: string): Verdict => ({ code: 'Unavailable', again: 'soon', cure });
const throttled: Verdict = { ...away('the server asks for fewer requests'), again: 'slower' };
const garbled: Verdict = { code: 'Corrupted', again: 'soon', cure: 'something on the way changes bytes' };
const unusable: Verdict = {
  code: 'Corrupted',
  again: 'never',
  cure: 'the object is not what was announced',
};
const beaten: Verdict = { code: 'PreconditionFailed', again: 'never', cure: 'somebody else wrote first' };

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
const byName: Readonly<Record<string, Verdict>> = {
  NoSuchBucket: missing("create the bucket, or correct the store's bucket"),
  NoSuchKey: missing(gone),
  NotFound: wordless,
  NoSuchUpload: { ...away('the upload was aborted from outside; send it again'), again: 'never' },
  PreconditionFailed: beaten,
  ConditionalRequestConflict: beaten,
  OperationAborted: away('a conflicting operation is under way'),
  SignatureDoesNotMatch: denied(signature),
  InvalidAccessKeyId: denied(signature),
  RequestTimeTooSkewed: denied("set this machine's clock"),
  ExpiredToken: denied('renew the session token'),
  CredentialsProviderError: {
    code: 'NoCredentials',
    again: 'never',
    cure: 'give the store a Secret with credentials, or the pod an identity',
  },
  BadDigest: garbled,
  XAmzContentSHA256Mismatch: garbled,
  XAmzContentChecksumMismatch: garbled,
  IncompleteBody: garbled,
  BadAnswer: garbled,
  UnusableAnswer: unusable,
  InvalidRange: unusable,
  RequestTimeout: away(reach),
  TimeoutError: away(reach),
  InsufficientStorage: { ...away('the server is full: make room'), again: 'never' },
  SlowDown: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  RequestLimitExceeded: throttled,
};

const untrusted =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_TLS_CERT|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH)/;
const tls = /^(EPROTO|ERR_SSL_)/;
const unreached = /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET)/;

const byCode: readonly (readonly [RegExp, Verdict])[] = [
  [
    untrusted,
    {
      code: 'Untrusted',
      again: 'never',
      cure: "check the store's caBundle: it must hold the endpoint's certificate authority",
    },
  ],
  [tls, misdirected("check http:// or https:// in the store's endpoint, and its port")],
  [unreached, away(reach)],
  [/^(ECONN|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE|HPE_)/, away(reach)],
];

const byStatus: readonly (readonly [(status: number) => boolean, Verdict])[] = [
  [(status) => status < 300, garbled],
  [(status) => status < 400, refused(elsewhere)],
  [(status) => status === 401 || status === 403, denied('check that the credentials may do this here')],
  [(status) => status === 404, wordless],
  [(status) => status === 412, beaten],
  [(status) => status === 429 || status === 503, throttled],
  [(status) => status < 500, refused('the server does not accept this request')],
  [(status) => status === 501, refused('the server does not know this kind of request')],
  [() => true, away('the server has a fault of its own')],
];

/** Judges the error of one try. */
export function troubleOf(error: unknown): Trouble {
  const facts = factsOf(error);
  return {
    name: facts.code === '' ? facts.name : facts.code,
    detail: facts.message,
    ...judge(facts),
    unknown: isOpen(facts),
    status: facts.status,
    waitMilliseconds: facts.waitMilliseconds,
  };
}

interface Facts {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly waitMilliseconds: number | undefined;
}

function judge({ name, code, status }: Facts): Verdict {
  const named = Object.hasOwn(byName, name) ? byName[name] : undefined;
  const known = named ?? byCode.find(([pattern]) => pattern.test(code))?.[1];
  if (known !== undefined) return known;
  if (status === undefined) return refused('this was not expected');
  return byStatus.find(([holds]) => holds(status))?.[1] ?? garbled;
}

/** A 3xx or 4xx says that nothing happened; so does a connection that never came to be. */
function isOpen({ name, code, status = 0 }: Facts): boolean {
  if (name === 'RequestTimeout') return true;
  if (byName[name] === throttled || name === 'CredentialsProviderError') return false;
  if (unreached.test(code) || untrusted.test(code) || tls.test(code)) return false;
  return status < 300 || (status >= 500 && status !== 501);
}

function factsOf(error: unknown): Facts {
  const root = record(error);
  const cause = record(root['cause']);
  const response = record(root['$response']);
  const status = record(root['$metadata'])['httpStatusCode'] ?? response['statusCode'];
  const name = text(root['name']);
  return {
    name,
    code: text(root['code']) || text(cause['code']),
    message: inOneLine(text(root['message']) || text(cause['message'])),
    status: typeof status === 'number' ? status : undefined,
    waitMilliseconds: retryAfter(record(response['headers'])['retry-after']),
  };
}

/** Without the line feeds of servers, and without the places in OpenSSL's sources. */
function inOneLine(message: string): string {
  const spoken = /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message;
  return spoken.replaceAll(/\s+/g, ' ').trim();
}

function retryAfter(header: unknown): number | undefined {
  return typeof header === 'string' && /^[0-9]{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
