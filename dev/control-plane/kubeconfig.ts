// Writes kubeconfig files: who, with which credential, towards which API server. Always readable by their owner only.
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPair } from './certificate.ts';

/** What a kubeconfig says. */
export interface Access {
  readonly server: string;
  /** PEM */
  readonly authority: string;
  readonly user: string;
  readonly credential: { readonly token: string } | KeyPair;
  readonly namespace?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function userFields(credential: Access['credential']): Readonly<Record<string, string>> {
  if ('token' in credential) return { token: credential.token };
  return {
    'client-certificate-data': base64(credential.certificate),
    'client-key-data': base64(credential.key),
  };
}

/** The text of a kubeconfig with one cluster, one user and one context in use. */
function formatKubeconfig(access: Access): string {
  const cluster = { server: access.server, 'certificate-authority-data': base64(access.authority) };
  const context = { cluster: 'reprise-local', user: access.user, namespace: access.namespace ?? 'default' };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'reprise-local', cluster }],
    users: [{ name: access.user, user: userFields(access.credential) }],
    contexts: [{ name: 'reprise-local', context }],
    'current-context': 'reprise-local',
  });
}

/** Writes it to `file`, mode 0600, and returns `file`. */
export function writeKubeconfig(file: string, access: Access): string {
  writeFileSync(file, formatKubeconfig(access), { mode: 0o600 });
  return file;
}
