// The log: its form, its levels, and that no credential passes, whatever it is called and however deep it lies.
import { expect, test } from 'vitest';
import { makeLog } from '../../src/ops/log.ts';

function makeSubject(level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  const log = makeLog({ level, program: 'operator', to: { write: (line) => void lines.push(line) } });
  return { log, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') };
}

test('a line is one JSON object: level, time, program, the fields, the message', () => {
  const { log, last } = makeSubject();
  log.child({ run: 'voice/xiaoyi' }).info({ attempt: 4 }, 'resuming');
  const { time, ...line } = last();
  expect(line).toEqual({
    level: 'info',
    program: 'operator',
    run: 'voice/xiaoyi',
    attempt: 4,
    message: 'resuming',
  });
  expect(Date.parse(String(time))).not.toBeNaN();
});

test('what is below the level is not written', () => {
  const { log, lines } = makeSubject('info');
  log.debug({}, 'details');
  expect(lines).toEqual([]);
});

test('an error is told with its code, cause and stack', () => {
  const { log, last } = makeSubject();
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  log.error({ err: new Error('cannot reach the store', { cause }) }, 'pass failed');
  expect(last()['err']).toMatchObject({
    type: 'Error',
    message: 'cannot reach the store',
    stack: expect.stringContaining('log.test.ts') as string,
    cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
  });
});

const planted = 'PLANTED-hunter2';

test.each([
  { name: 'a field', fields: { secretAccessKey: planted } },
  { name: 'deep in an object', fields: { store: { s3: [{ AWS_SECRET_ACCESS_KEY: planted }] } } },
  { name: 'a header', fields: { headers: { authorization: planted, 'x-amz-security-token': planted } } },
  { name: 'a Secret', fields: { object: { kind: 'Secret', data: { anything: planted } } } },
  { name: 'a bearer token in a text', fields: { err: new Error(`Authorization: Bearer ${planted}`) } },
  { name: 'the userinfo of a URL', fields: { endpoint: `https://reprise:${planted}@s3.example` } },
  { name: 'a presigned query', fields: { url: `https://s3.example/k?X-Amz-Signature=${planted}&a=b` } },
  { name: 'a property of an error', fields: { err: Object.assign(new Error('x'), { token: planted }) } },
  { name: 'a cause', fields: { err: new Error('x', { cause: new Error(`Basic ${planted}`) }) } },
  {
    name: 'a private key',
    fields: { pem: `-----BEGIN EC PRIVATE KEY-----\n${planted}\n-----END EC PRIVATE KEY-----` },
  },
  { name: 'a JWT', fields: { said: `eyJhbGciOiJSUzI1NiJ9.${planted}.sig` } },
])('no credential is written: $name', ({ fields }) => {
  const { log, lines } = makeSubject();
  log.error(fields, 'failed');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(planted);
});

test('what only points at a credential stays readable', () => {
  const { log, last } = makeSubject();
  log.info(
    { secretName: 'store-main', tokenFile: '/var/run/token', key: 'voice/xiaoyi/run.json' },
    'reading',
  );
  expect(last()).toMatchObject({
    secretName: 'store-main',
    tokenFile: '/var/run/token',
    key: 'voice/xiaoyi/run.json',
  });
});

test('bytes, big integers, maps, sets and circles do not break a line', () => {
  const { log, last } = makeSubject();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const fields = { bytes: Buffer.alloc(5), big: 12n, map: new Map([['a', 1]]), set: new Set([1]), circle };
  log.info(fields, 'odd');
  expect(last()).toMatchObject({ bytes: '[5 bytes]', big: '12', map: { a: 1 }, set: [1] });
});
