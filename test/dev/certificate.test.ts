// Certificates of the local cluster are what TLS and Kubernetes expect: issued by their authority, for their hosts, user and groups.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issue, makeAuthority } from '../../dev/control-plane/certificate.ts';

const authority = makeAuthority('test authority');
const authorityCertificate = new X509Certificate(authority.certificate);

test('an authority is a certificate authority that signed itself', () => {
  expect(authorityCertificate.ca).toBe(true);
  expect(authorityCertificate.verify(authorityCertificate.publicKey)).toBe(true);
});

test('a client certificate carries user and groups and was issued by the authority', () => {
  const pair = issue(authority, { commonName: 'system:node:gpu-1', organizations: ['system:nodes', 'more'] });
  const certificate = new X509Certificate(pair.certificate);
  expect(certificate.subject).toBe('O=system:nodes\nO=more\nCN=system:node:gpu-1');
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(authorityCertificate)).toBe(true);
  expect(certificate.verify(authorityCertificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
});

test('a server certificate names its hosts and no others', () => {
  const pair = issue(authority, { commonName: 'server', serves: ['localhost', '10.213.0.1'] });
  const certificate = new X509Certificate(pair.certificate);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('10.213.0.1')).toBe('10.213.0.1');
  expect(certificate.checkIP('10.213.0.2')).toBeUndefined();
});

test('it is valid now and for months', () => {
  const certificate = new X509Certificate(issue(authority, { commonName: 'c' }).certificate);
  expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
  expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 300 * 24 * 3600 * 1000);
});
