// What each kind of trouble is called, whether it is tried again, and whether it may have taken effect.
import { describe, expect, test } from 'vitest';
import { troubleOf } from '../../src/s3/trouble.ts';

const answered = (name: string, status: number): object => ({
  name,
  message: 'said so',
  $metadata: { httpStatusCode: status },
});
const system = (code: string): object => Object.assign(new Error('it broke'), { code });

const cases: readonly (readonly [string, unknown, string, string, boolean])[] = [
  ['SlowDown', answered('SlowDown', 503), 'Unavailable', 'slower', false],
  ['a bare 503', answered('503', 503), 'Unavailable', 'slower', true],
  ['a bare 429', answered('TooManyRequests', 429), 'Unavailable', 'slower', false],
  ['a 500', answered('InternalError', 500), 'Unavailable', 'soon', true],
  ['a full server', answered('InsufficientStorage', 507), 'Unavailable', 'never', true],
  ['a time-out', system('ETIMEDOUT'), 'Unavailable', 'soon', true],
  ['a reset', system('ECONNRESET'), 'Unavailable', 'soon', true],
  ['a refused connection', system('ECONNREFUSED'), 'Unavailable', 'soon', false],
  ['an unknown host', system('ENOTFOUND'), 'Unavailable', 'soon', false],
  ['S3 tired of waiting', answered('RequestTimeout', 400), 'Unavailable', 'soon', true],
  ['an untrusted certificate', system('SELF_SIGNED_CERT_IN_CHAIN'), 'Untrusted', 'never', false],
  ["another host's certificate", system('ERR_TLS_CERT_ALTNAME_INVALID'), 'Untrusted', 'never', false],
  ['no credentials', { name: 'CredentialsProviderError', message: '' }, 'NoCredentials', 'never', false],
  ['a wrong secret', answered('SignatureDoesNotMatch', 403), 'AccessDenied', 'never', false],
  ['a bare 403', answered('403', 403), 'AccessDenied', 'never', false],
  ['a wrong clock', answered('RequestTimeTooSkewed', 403), 'AccessDenied', 'never', false],
  ['a missing bucket', answered('NoSuchBucket', 404), 'NotFound', 'never', false],
  ['a missing object', answered('NoSuchKey', 404), 'NotFound', 'never', false],
  ['a condition', answered('PreconditionFailed', 412), 'PreconditionFailed', 'never', false],
  ['a race', answered('ConditionalRequestConflict', 409), 'PreconditionFailed', 'never', false],
  ['another 409', answered('ExistingObjectIsDirectory', 409), 'Refused', 'never', false],
  ['an upload that is gone', answered('NoSuchUpload', 404), 'Unavailable', 'never', false],
  ['changed bytes', answered('BadDigest', 400), 'Corrupted', 'soon', false],
  ['a wrong region', answered('PermanentRedirect', 301), 'Refused', 'never', false],
  ['an unknown request', answered('NotImplemented', 501), 'Refused', 'never', false],
  ['a 200 nobody understands', answered('SyntaxError', 200), 'Corrupted', 'soon', true],
  ['a mistake of our own', new TypeError('x is not a function'), 'Refused', 'never', true],
  ['a thrown text', 'oops', 'Refused', 'never', true],
  ['a name of every object', answered('constructor', 500), 'Unavailable', 'soon', true],
];

describe('trouble', () => {
  test.each(cases)('%s', (...row) => {
    const [, error, code, again, unknown] = row;
    expect(troubleOf(error)).toMatchObject({ code, again, unknown });
  });

  test.each([
    ['7', 7000],
    ['Wed, 25 Nov 2026 10:00:00 GMT', undefined],
    ['-1', undefined],
  ])('Retry-After: %s', (header, waitMilliseconds) => {
    const error = { ...answered('SlowDown', 503), $response: { headers: { 'retry-after': header } } };
    expect(troubleOf(error).waitMilliseconds).toBe(waitMilliseconds);
  });
});
