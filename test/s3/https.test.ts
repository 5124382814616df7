// Over TLS: whom it trusts, and that a part's body is neither hashed twice nor sent unprotected.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issue, makeAuthority } from '../../dev/control-plane/certificate.ts';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { fakeCredentials, FakeS3Server } from '../support/fake-s3/fake-s3-server.ts';
import { attempt, never, sample, text, uploadOf } from '../support/object-samples.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { hastyLimits } from '../support/s3-bench.ts';

const authority = makeAuthority('test authority');
const open = makeOpenObjectStore({ clock: systemClock, limits: hastyLimits });

let server: FakeS3Server;
beforeAll(async () => {
  server = await FakeS3Server.start(issue(authority, { commonName: 'fake-s3', serves: ['127.0.0.1'] }));
});
afterAll(async () => {
  await server.close();
});

const trusting = (caBundle: string | undefined): ObjectStore =>
  open({ ...server.address(), caBundle }, fakeCredentials);

describe('a server certificate', () => {
  test('of an authority in caBundle is trusted', async () => {
    const store = trusting(authority.certificate);
    await store.put({ key: 'a', bytes: text('x'), condition: 'absent' }, never);
    expect(await store.head('a', never)).toMatchObject({ sizeBytes: 1 });
  });

  test.each([
    ['no caBundle', undefined],
    ['another authority', makeAuthority('another').certificate],
  ])('with %s is Untrusted, and says what to check', async (_, caBundle) => {
    expect(await attempt(trusting(caBundle).head('a', never))).toMatchObject({
      code: 'Untrusted',
      message: expect.stringContaining("check the store's caBundle") as string,
    });
  });
});

test('the parts of an upload go unsigned but with their CRC32, everything else is signed', async () => {
  const bytes = sample(450_001);
  const before = server.requests.length;
  await trusting(authority.certificate).upload(uploadOf('large', bytes), never);
  const bySigning = Object.groupBy(server.requests.slice(before), ({ method, signed }) =>
    signed === 'UNSIGNED-PAYLOAD' ? `unsigned ${method}` : `signed ${method}`,
  );
  expect(Object.keys(bySigning).toSorted()).toEqual(['signed POST', 'unsigned PUT']);
  expect(bySigning['unsigned PUT']?.map(({ checked }) => checked)).toEqual([true, true, true, true, true]);
  expect(server.objects.get('large')?.bytes.equals(bytes)).toBe(true);
});

test('over plain HTTP every body is signed', async () => {
  const plain = await FakeS3Server.start();
  try {
    await open(plain.address(), fakeCredentials).upload(uploadOf('large', sample(450_001)), never);
    for (const { signed } of plain.requests) expect(signed).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    await plain.close();
  }
});
