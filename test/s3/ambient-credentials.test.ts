// Without credentials of its own a store uses what the environment gives, and says so when that is nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { FakeS3Server } from '../support/fake-s3/fake-s3-server.ts';
import { attempt, never } from '../support/object-samples.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { hastyLimits } from '../support/s3-bench.ts';

let server: FakeS3Server;
let home: string;
beforeAll(async () => {
  server = await FakeS3Server.start();
  home = mkdtempSync(join(tmpdir(), 'reprise-home-'));
});
afterAll(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  for (const name of Object.keys(process.env).filter((name) => name.startsWith('AWS_')))
    vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});

const open = makeOpenObjectStore({ clock: systemClock, limits: hastyLimits });

test("the environment's credentials are used", async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ambient');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'ambient-secret');
  expect(await open(server.address(), undefined).head('a', never)).toBeUndefined();
});

test('none at all is NoCredentials, with the cure', async () => {
  expect(await attempt(open(server.address(), undefined).head('a', never))).toMatchObject({
    code: 'NoCredentials',
    message: expect.stringContaining('give the store a Secret with credentials') as string,
  });
});
