// The program before a real S3 server: objects inspected, one of many parts pulled through an interruption, weights exported.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/ops/clock.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { formatCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { fromSources, type ProcessEnd, type ProcessOptions, runProcess } from '../support/cli-stage.ts';
import { largeCheckpoint } from '../support/large-checkpoint.ts';
import { never } from '../support/object-samples.ts';
import { ioUntil } from '../support/passing-time.ts';
import { describeWith } from '../support/requirement.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const key = 'prod/voice/xiaoyi-zh/attempts/0001-11111111/last/model_48.pt';

/** How much of a file is on the disk; 0 when there is none. */
const blocksOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.blocks ?? 0;

describeWith(missingVersitygw, 'before versitygw', () => {
  const bytes = largeCheckpoint(100);
  let server: Versitygw;
  let home: string;
  let address: string;
  beforeAll(async () => {
    server = await startVersitygw();
    home = mkdtempSync(join(tmpdir(), 'reprise-cli-'));
    address = `s3://${server.bucket}/${key}`;
    const store = makeOpenObjectStore({ clock: systemClock })(server.address, server.operator);
    const facts = { crc32: crc32(bytes), update: 48, kind: 'Last', parent: '' } as const;
    const metadata = formatCheckpointMetadata({ ...facts, worldSize: 1, plannedUpdates: 48 });
    const read = async (offset: number, into: Uint8Array): Promise<void> =>
      into.set(bytes.subarray(offset, offset + into.length));
    await store.upload({ key, sizeBytes: bytes.length, crc32: facts.crc32, metadata, read }, never);
  });
  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true });
  });

  const run = (args: readonly string[], options: ProcessOptions = {}): Promise<ProcessEnd> => {
    const { endpoint, operator } = server;
    const env = {
      HOME: home,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    };
    return runProcess(fromSources(...args), { directory: home, env, ...options });
  };

  test('inspect --verify of an object', async () => {
    const { code, out } = await run(['inspect', '--verify', '-o', 'json', address]);
    expect({ code, reports: JSON.parse(out) as unknown }).toMatchObject({
      code: 0,
      reports: [{ file: address, update: 48, complete: true, verified: true }],
    });
  });

  test('pull, killed in the middle and run again', { timeout: 120_000 }, async () => {
    const part = join(home, 'model_48.pt.part');
    const whole = join(home, 'model_48.pt');
    const isUnderWay = (): boolean => blocksOf(part) > 20_000 || blocksOf(whole) > 0;
    const killed = await run(['pull', address], {
      started: (kill) => void ioUntil(isUnderWay).then(() => kill('SIGKILL')),
    });
    expect(killed).toMatchObject({ code: null, out: '' });
    expect(blocksOf(whole)).toBe(0);
    const again = await run(['pull', address]);
    expect(again).toMatchObject({ code: 0, out: 'model_48.pt\n' });
    expect(Buffer.compare(readFileSync(whole), bytes)).toBe(0);
  });

  test('export of the EMA weights', async () => {
    expect(await run(['export', address, '--ema', '-o', 'v.safetensors'])).toMatchObject({ code: 0 });
    const { out } = await run(['inspect', '-o', 'json', 'v.safetensors']);
    expect(JSON.parse(out)).toMatchObject([{ kind: 'emaOnly', parameters: 56_916, complete: true }]);
  });

  test('credentials the server does not accept are said to be so', async () => {
    const env = {
      HOME: home,
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: 'somebody',
      AWS_SECRET_ACCESS_KEY: 'wrong',
    };
    const { code, out, err } = await run(['inspect', address], { env });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error: .*\n$/);
    expect(err).not.toContain('wrong');
  });
});
