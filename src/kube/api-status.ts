// What an answer of the API server other than success means to the programs. One table; the words stay the server's own.
import { ClusterError, type ClusterErrorCode } from '../ports/cluster.ts';

const messageLimit = 2000;

/** The fields of a `metav1.Status` that matter, as far as the server sent them. */
export interface ApiStatusFields {
  readonly reason?: string;
  readonly message?: string;
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

/** The error for an HTTP status and the Status the server sent with it, if it did. */
export function asClusterError(httpStatus: number, status: ApiStatusFields): ClusterError {
  const message = status.message ?? `the API server answered ${httpStatus}`;
  return new ClusterError(errorCode(httpStatus, status.reason), message.slice(0, messageLimit));
}
