// What went wrong before any answer: whether the request can have been executed decides whether it may be sent again.
import { ApiFailure } from './api-status.ts';

/** Codes of errors that come before the first byte of a request is sent. */
const unsentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The failure of a request that got no whole answer. */
export function asTransportFailure(server: string, cause: unknown): ApiFailure {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const said = cause instanceof Error ? cause.message : String(cause);
  const why = said === '' ? code : said;
  const unsent = unsentCodes.has(code);
  const what = unsent ? 'cannot reach' : 'lost';
  return new ApiFailure('Unavailable', `${what} the API server at ${server}: ${why}`, { unsent, cause });
}
