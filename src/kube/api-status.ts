// What an answer of the API server other than success means to the programs. One table; the words stay the server's own.
import { ClusterError, type ClusterErrorCode } from '../ports/cluster.ts';

const messageLimit = 2000;

/** The fields of a `metav1.Status` that matter, as far as the server sent them. */
export interface ApiStatusFields {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** Seconds, from `details.retryAfterSeconds` or the Retry-After header. */
  readonly retryAfter?: number | undefined;
}

const codes: Readonly<Record<number, ClusterErrorCode>> = {
  401: 'Forbidden',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Unavailable',
  409: 'Conflict',
  410: 'NotFound',
  412: 'Conflict',
  429: 'Unavailable',
};

function errorCode(httpStatus: number, reason: string | undefined): ClusterErrorCode {
  if (reason === 'AlreadyExists') return 'AlreadyExists';
  return codes[httpStatus] ?? (httpStatus >= 500 ? 'Unavailable' : 'Invalid');
}

export interface ApiFailureFacts {
  /** Undefined when there was no answer. */
  readonly httpStatus?: number | undefined;
  /** Milliseconds the server asked to wait. */
  readonly retryAfter?: number | undefined;
  /** The request certainly never reached the server. */
  readonly unsent?: boolean;
  readonly cause?: unknown;
}

/** A {@link ClusterError} with what deciding about another try needs. */
export class ApiFailure extends ClusterError {
  readonly httpStatus: number | undefined;
  readonly retryAfter: number | undefined;
  readonly unsent: boolean;

  constructor(code: ClusterErrorCode, message: string, facts: ApiFailureFacts) {
    super(code, message, { cause: facts.cause });
    this.httpStatus = facts.httpStatus;
    this.retryAfter = facts.retryAfter;
    this.unsent = facts.unsent ?? false;
  }
}

/** The error for an HTTP status and the Status the server sent with it, if it did. */
export function asClusterError(httpStatus: number, status: ApiStatusFields): ApiFailure {
  const message = status.message ?? `the API server answered ${httpStatus}`;
  const retryAfter = status.retryAfter === undefined ? undefined : status.retryAfter * 1000;
  return new ApiFailure(errorCode(httpStatus, status.reason), message.slice(0, messageLimit), {
    httpStatus,
    retryAfter,
  });
}

/** The fields of a Status object, or of whatever else was sent as text. */
export function readStatus(body: unknown): ApiStatusFields {
  if (typeof body === 'string') return { message: asMessage(body) };
  if (typeof body !== 'object' || body === null) return {};
  const { reason, message, details }: { reason?: unknown; message?: unknown; details?: unknown } = body;
  return {
    reason: typeof reason === 'string' ? reason : undefined,
    message: asMessage(message),
    retryAfter: readRetryAfter(details),
  };
}

function asMessage(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function readRetryAfter(details: unknown): number | undefined {
  if (typeof details !== 'object' || details === null || !('retryAfterSeconds' in details)) return undefined;
  return typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined;
}
