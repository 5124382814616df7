// Where the operator's credentials of a store come from, and what is said when they are not there.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ClusterError } from '../../../src/ports/cluster.ts';
import { StoreBench } from '../../support/store-bench.ts';

let bench = new StoreBench();

beforeEach(() => {
  bench = new StoreBench();
});
afterEach(async () => bench.end());

const withSecret = { operatorCredentials: { secretName: 'store-main' } };
const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('credentials', () => {
  test('come from the Secret in the operator’s namespace, without the line feed of a shell', async () => {
    bench.applySecret('store-main', { ...keys, AWS_ACCESS_KEY_ID: 'AKIA\n', AWS_SESSION_TOKEN: 'token' });
    bench.applyStore('main', withSecret);
    await bench.pass(1);
    expect(bench.opened).toEqual([{ accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' }]);
    expect(bench.available('main').reason).toBe('Probed');
  });

  test('are ambient without a Secret', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    expect(bench.opened).toEqual([undefined]);
  });

  test.each([
    {
      name: 'no Secret',
      secret: undefined,
      want: {
        reason: 'SecretNotFound',
        message:
          "The Secret of operatorCredentials is not in the operator's namespace: Secret reprise-system/store-main. Make it, or correct spec.operatorCredentials.secretName.",
      },
    },
    {
      name: 'a Secret without a key',
      secret: { AWS_ACCESS_KEY_ID: 'AKIA' },
      want: {
        reason: 'SecretIncomplete',
        message:
          'The Secret of operatorCredentials lacks a key: Secret reprise-system/store-main has no AWS_SECRET_ACCESS_KEY. Give it the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      },
    },
  ])('$name: the store says so, and heals by itself when it is there', async ({ secret, want }) => {
    if (secret !== undefined) bench.applySecret('store-main', secret);
    bench.applyStore('main', withSecret);
    await bench.pass(120);
    expect(bench.available('main')).toEqual({ status: 'False', ...want });
    expect(bench.opened).toEqual([]);
    bench.applySecret('store-main', keys);
    await bench.pass(61);
    expect(bench.available('main').status).toBe('True');
  });

  test('that may not be read are told with the API server’s own words', async () => {
    bench.cluster.before = ({ plural }) => {
      if (plural === 'secrets')
        throw new ClusterError('Forbidden', 'User "reprise" cannot get resource "secrets"');
    };
    bench.applyStore('main', withSecret);
    await bench.pass(1);
    const { reason, message } = bench.available('main');
    expect(reason).toBe('SecretForbidden');
    expect(message).toContain('User "reprise" cannot get resource "secrets"');
  });

  test('are used within a minute after they were changed, in a new client', async () => {
    bench.applySecret('store-main', keys);
    bench.applyStore('main', withSecret);
    await bench.pass(1);
    bench.applySecret('store-main', { ...keys, AWS_SECRET_ACCESS_KEY: 'rotated' });
    await bench.pass(61);
    expect(bench.opened.map((credentials) => credentials?.secretAccessKey)).toEqual(['secret', 'rotated']);
  });

  test('never show in status or log', async () => {
    bench.applySecret('store-main', { AWS_ACCESS_KEY_ID: 'AKIAVISIBLE', AWS_SECRET_ACCESS_KEY: 'topsecret' });
    bench.applyStore('main', withSecret);
    bench.bucket().faults.outage = 'AccessDenied';
    await bench.pass(100);
    const said = JSON.stringify([bench.store('main'), bench.log.lines]);
    expect(said).not.toMatch(/topsecret|AKIAVISIBLE/);
  });
});
