// Issues X.509 certificates with P-256 keys for a local cluster: its authority, its servers, its clients. Node can sign but not
// encode certificates, and openssl need not be installed.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, boolean, integer, objectIdentifier, octetString } from './der.ts';
import { sequence, set, tagged, time, utf8String } from './der.ts';

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that can issue. */
export interface Authority extends KeyPair {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly keyId: Buffer;
}

/** Whom a certificate is for: Kubernetes reads the common name as the user and the organizations as groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses of a server */
  readonly serves?: readonly string[];
}

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

const day = 24 * 3600 * 1000;
const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

const attribute = (type: string, value: string): Buffer =>
  set(sequence(objectIdentifier(type), utf8String(value)));

const name = (subject: Subject): Buffer =>
  sequence(
    ...(subject.organizations ?? []).map((group) => attribute(oid.organization, group)),
    attribute(oid.commonName, subject.commonName),
  );

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));

function alternativeName(host: string): Buffer {
  if (isIP(host) === 4) return tagged(0x87, Buffer.from(host.split('.').map(Number)));
  return tagged(0x82, Buffer.from(host, 'ascii'));
}

function authorityExtensions(): Buffer[] {
  return [
    extension(oid.basicConstraints, true, sequence(boolean(true))),
    extension(oid.keyUsage, true, bitString(Buffer.from([0b0000_0110]), 1)), // keyCertSign, cRLSign
  ];
}

function leafExtensions(subject: Subject): Buffer[] {
  const serves = subject.serves ?? [];
  const purpose = serves.length > 0 ? [oid.serverAuth, oid.clientAuth] : [oid.clientAuth];
  const names = sequence(...serves.map(alternativeName));
  return [
    extension(oid.keyUsage, true, bitString(Buffer.from([0b1000_0000]), 7)), // digitalSignature
    extension(oid.extendedKeyUsage, false, sequence(...purpose.map(objectIdentifier))),
    ...(serves.length > 0 ? [extension(oid.subjectAltName, false, names)] : []),
  ];
}

interface Body {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly publicKey: Buffer;
  readonly extensions: readonly Buffer[];
}

function encode(body: Body, key: KeyObject): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive and of full length
  const validity = sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + 365 * day)));
  const toSign = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name(body.issuer),
    validity,
    name(body.subject),
    body.publicKey,
    tagged(0xa3, sequence(...body.extensions)),
  );
  return pem('CERTIFICATE', sequence(toSign, algorithm, bitString(sign('sha256', toSign, key))));
}

function makeKeys(): { publicKey: Buffer; privateKey: KeyObject; key: string; keyId: Buffer } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
  const key = keys.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const keyId = createHash('sha256').update(publicKey).digest().subarray(0, 20); // RFC 7093, method 1
  return { publicKey, privateKey: keys.privateKey, key, keyId };
}

/** A new self-signed authority, valid for a year from yesterday. */
export function makeAuthority(commonName: string): Authority {
  const { publicKey, privateKey, key, keyId } = makeKeys();
  const subject = { commonName };
  const extensions = [
    ...authorityExtensions(),
    extension(oid.subjectKeyIdentifier, false, octetString(keyId)),
  ];
  const certificate = encode({ subject, issuer: subject, publicKey, extensions }, privateKey);
  return { commonName, certificate, key, privateKey, keyId };
}

/** A certificate of `authority` for `subject`, with a new key; for servers too when `subject.serves` says so. */
export function issue(authority: Authority, subject: Subject): KeyPair {
  const { publicKey, key, keyId } = makeKeys();
  const extensions = [
    ...leafExtensions(subject),
    extension(oid.subjectKeyIdentifier, false, octetString(keyId)),
    extension(oid.authorityKeyIdentifier, false, sequence(tagged(0x80, authority.keyId))),
  ];
  const issuer = { commonName: authority.commonName };
  return { certificate: encode({ subject, issuer, publicKey, extensions }, authority.privateKey), key };
}

/** A key pair for signing ServiceAccount tokens, both PEM. */
export function makeSigningKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: keys.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  };
}
