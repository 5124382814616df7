// How a Secret holds S3 credentials: the one reading of it, for the operator and the CLI. The values are never put into a message.
import { credentialKeys } from './names.ts';

export interface SecretCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** The credentials in a Secret's data (base64), or the key it lacks. */
export function readCredentials(
  data: Readonly<Record<string, string>>,
): SecretCredentials | { readonly missing: string } {
  const accessKeyId = decode(data[credentialKeys.accessKeyId]);
  const secretAccessKey = decode(data[credentialKeys.secretAccessKey]);
  const sessionToken = decode(data[credentialKeys.sessionToken]);
  if (accessKeyId === '') return { missing: credentialKeys.accessKeyId };
  if (secretAccessKey === '') return { missing: credentialKeys.secretAccessKey };
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

// The line feed that `echo KEY | base64` leaves would make every signature wrong.
const decode = (base64: string | undefined): string => (base64 === undefined ? '' : atob(base64).trim());
