// Endpoints where no S3 server answers: what is said is true, stands in one line, and names what to correct.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/ops/clock.ts';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { fakeCredentials } from '../support/fake-s3/fake-s3-server.ts';
import { attempt, collect, never } from '../support/object-samples.ts';
import { hastyLimits } from '../support/s3-bench.ts';

let server: Server;
let answer: (response: ServerResponse) => void;
let requests = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    request.resume().once('end', () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answering =
  (status: number, contentType: string, body: string) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': contentType }).end(body);

function store(scheme: 'http' | 'https'): ObjectStore {
  const { port } = server.address() as AddressInfo;
  const endpoint = `${scheme}://127.0.0.1:${port}`;
  const address = {
    endpoint,
    region: 'us-east-1',
    bucket: 'ckpts',
    forcePathStyle: true,
    caBundle: undefined,
  };
  return makeOpenObjectStore({ clock: systemClock, limits: hastyLimits })(address, fakeCredentials);
}

const operations: Readonly<Record<string, (objects: ObjectStore) => Promise<unknown>>> = {
  list: (objects) => collect(objects.list('prod/', never)),
  read: (objects) => objects.get('prod/a', never),
  write: (objects) => objects.put({ key: 'a', bytes: new Uint8Array(3), condition: 'any' }, never),
};

describe.each([
  { name: 'a page for people', body: '<html>\n<title>404</title>\n</html>', type: 'text/html' },
  { name: 'plain text', body: '404 page not found\n', type: 'text/plain' },
  { name: 'the JSON of another API', body: '{"kind":"Status",\n"code":404}', type: 'application/json' },
  { name: 'nothing', body: '', type: 'text/plain' },
])('404 with $name', ({ body, type }) => {
  test.each(Object.entries(operations))('%s', async (_, act) => {
    answer = answering(404, type, body);
    requests = 0;
    const error = await attempt(act(store('http')));
    expect(error).toMatchObject({
      code: 'NotS3',
      message: expect.stringMatching(
        /^cannot \w+ s3:\/\/ckpts\/\S+ at http:\/\/127\.0\.0\.1:\d+: NotS3 \(HTTP 404\): the answer is not in S3's words; check the store's endpoint: host, port, and that no proxy answers in its place$/,
      ) as string,
    });
    expect(requests).toBe(1);
  });
});

test('a 404 in the words of S3 stays what it says, in one line', async () => {
  const body = '<Error><Code>NoSuchBucket</Code><Message>The bucket\n does not exist</Message></Error>';
  answer = answering(404, 'application/xml', body);
  expect(await attempt(collect(store('http').list('prod/', never)))).toMatchObject({
    code: 'NotFound',
    message: expect.stringMatching(
      /: NoSuchBucket \(HTTP 404\): The bucket does not exist; create the bucket, or correct the store's bucket$/,
    ) as string,
  });
});

test.each(Object.entries(operations))('https:// where plain HTTP is spoken: %s', async (_, act) => {
  requests = 0;
  expect(await attempt(act(store('https')))).toMatchObject({
    code: 'NotS3',
    message: expect.stringMatching(
      /^cannot \w+ s3:\/\/ckpts\/\S+ at https:\/\/127\.0\.0\.1:\d+: EPROTO: wrong version number; check http:\/\/ or https:\/\/ in the store's endpoint, and its port$/,
    ) as string,
  });
  expect(requests).toBe(0);
});
