// The certificates and keys of one cluster as files under pki/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issue, makeAuthority, makeSigningKeys, type Authority, type KeyPair } from './certificate.ts';
import type { Subject } from './certificate.ts';

/** Paths of a certificate and its key. */
export interface KeyPairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The identities of a cluster. */
export interface Pki {
  /** PEM of the authority, and its path */
  readonly authority: string;
  readonly authorityFile: string;
  readonly signingKeyFile: string;
  readonly signingPublicKeyFile: string;
  /** A fresh pair in memory. */
  issue(subject: Subject): KeyPair;
  /** A fresh pair written as NAME.crt and NAME.key. */
  issueFiles(name: string, subject: Subject): KeyPairFiles;
}

function writeSecret(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** Makes the authority and the token signing keys of a new cluster in `directory`. */
export function makePki(directory: string): Pki {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const authority: Authority = makeAuthority('reprise-local');
  const signing = makeSigningKeys();
  return {
    authority: authority.certificate,
    authorityFile: writeSecret(join(directory, 'ca.crt'), authority.certificate),
    signingKeyFile: writeSecret(join(directory, 'tokens.key'), signing.privateKey),
    signingPublicKeyFile: writeSecret(join(directory, 'tokens.pub'), signing.publicKey),
    issue: (subject) => issue(authority, subject),
    issueFiles(name, subject) {
      const pair = issue(authority, subject);
      return {
        certificate: writeSecret(join(directory, `${name}.crt`), pair.certificate),
        key: writeSecret(join(directory, `${name}.key`), pair.key),
      };
    },
  };
}
