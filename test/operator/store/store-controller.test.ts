// A store from apply to Available: what a person sees in its condition, what goes wrong, and how it heals.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStoreErrorCode } from '../../../src/ports/objects.ts';
import { StoreBench } from '../../support/store-bench.ts';

let bench = new StoreBench();

beforeEach(() => {
  bench = new StoreBench();
});
afterEach(async () => bench.end());

describe('a good store', () => {
  test('becomes Available, says what its server is able to do, and claims its prefix', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    expect(bench.store('main').status).toEqual({
      observedGeneration: 1,
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Probed',
          message: 'The bucket was written, listed, read and cleaned up with the given credentials.',
          observedGeneration: 1,
          lastTransitionTime: '2026-11-22T12:00:00Z',
        },
      ],
      capabilities: bench.bucket().capabilities,
      retention: { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } },
    });
    expect(bench.readDocument('main/.reprise-store.json')).toEqual({
      version: 1,
      clusterUid: 'here',
      store: 'main',
    });
    expect(bench.bucket().keys()).toEqual(['main/.reprise-store.json']);
  });

  test('is left alone while nothing changes, but looked at', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    const { resourceVersion } = bench.store('main').metadata;
    const before = bench.bucket().faults.requests.length;
    await bench.pass(600);
    expect(bench.store('main').metadata.resourceVersion).toBe(resourceVersion);
    const since = bench.bucket().faults.requests.slice(before);
    expect(since.length).toBeGreaterThan(0);
    expect(new Set(since.map(({ operation }) => operation))).toEqual(new Set(['get']));
  });

  test('is not looked at again because of its own status', async () => {
    bench.applyStore('main');
    await bench.pass(30);
    const operations = bench.bucket().faults.requests.map(({ operation }) => operation);
    expect(operations).toEqual(['get', 'get', 'put', 'probe']);
  });

  test('is probed again after an hour: servers change', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    bench.bucket().capabilities = { ...bench.bucket().capabilities, versioning: true };
    await bench.pass(3700);
    expect(bench.store('main').status?.capabilities?.versioning).toBe(true);
  });
});

describe('trouble', () => {
  test.each<{ code: ObjectStoreErrorCode; reason: string }>([
    { code: 'NotFound', reason: 'BucketNotFound' },
    { code: 'AccessDenied', reason: 'AccessDenied' },
    { code: 'NoCredentials', reason: 'NoCredentials' },
    { code: 'Untrusted', reason: 'UntrustedCertificate' },
    { code: 'Unavailable', reason: 'Unreachable' },
    { code: 'NotS3', reason: 'NotS3' },
    { code: 'Refused', reason: 'ProbeFailed' },
    { code: 'Corrupted', reason: 'ProbeFailed' },
  ])('$code is $reason, is looked at again at most a minute later, and passes', async ({ code, reason }) => {
    bench.bucket().faults.outage = code;
    bench.applyStore('main');
    await bench.pass(300);
    expect(bench.available('main')).toMatchObject({ status: 'False', reason });
    expect(bench.available('main').message).toContain(`${code} by plan`);
    bench.bucket().faults.outage = undefined;
    await bench.pass(61);
    expect(bench.available('main')).toMatchObject({ status: 'True', reason: 'Probed' });
  });

  test('of a store that worked is noticed within a minute, and what its server is able to do stays known', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    bench.bucket().faults.outage = 'Unavailable';
    await bench.pass(61);
    expect(bench.available('main').reason).toBe('Unreachable');
    expect(bench.store('main').status?.capabilities).toEqual(bench.bucket().capabilities);
  });

  test('that is over means a new probe: another server may have come back', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    const { faults, capabilities } = bench.bucket();
    faults.outage = 'Unavailable';
    await bench.pass(61);
    faults.outage = undefined;
    bench.bucket().capabilities = { ...capabilities, versioning: true };
    await bench.pass(61);
    expect(bench.store('main').status?.capabilities?.versioning).toBe(true);
  });

  test('does not make the operator hammer the server', async () => {
    bench.bucket().faults.outage = 'Unavailable';
    bench.applyStore('main');
    await bench.pass(3600);
    expect(bench.bucket().faults.requests.length).toBeLessThan(100);
  });

  test('in the middle of the probe is found out, and the probe repeated', async () => {
    bench.bucket().faults.add({ on: 'probe', before: 'AccessDenied' });
    bench.applyStore('main');
    await bench.pass(1);
    expect(bench.available('main').reason).toBe('AccessDenied');
    await bench.pass(60);
    expect(bench.available('main').reason).toBe('Probed');
  });

  test('a changed spec is tried at once', async () => {
    bench.bucket().faults.outage = 'NotFound';
    bench.applyStore('main');
    await bench.pass(300);
    bench.bucket().faults.outage = undefined;
    bench.changeStore('main', { spec: { s3: { endpoint: 'http://10.88.0.1:7070' } } });
    await bench.pass(0);
    expect(bench.available('main')).toMatchObject({ status: 'True' });
  });
});

test('a store admitted by another schema is told in the log, and stops nobody else', async () => {
  bench.applyStore('odd', { s3: { bucket: 'ckpts', prefix: '/odd/' } });
  bench.applyStore('main');
  await bench.pass(1);
  expect(bench.available('main').status).toBe('True');
  expect(bench.log.messages('error')).toEqual(['the store is not understood: apply it anew']);
});
