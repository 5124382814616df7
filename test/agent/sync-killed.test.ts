// The sync program itself, killed with SIGKILL in mid-upload and started again: the parts a real S3 server has are not sent again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/ops/clock.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { agentEnvironment } from '../../src/wire/agent-environment.ts';
import { podUid, sampleEnvironment } from '../support/agent-bench.ts';
import { auditCheckpoints } from '../support/checkpoint-audit.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { largeCheckpoint } from '../support/large-checkpoints.ts';
import { collect, never } from '../support/object-samples.ts';
import { describeWith } from '../support/requirement.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const MiB = 1024 * 1024;
const program = join(import.meta.dirname, '../../src/agent.ts');
const folder = 'local/voice/xiaoyi-zh/attempts/0003-9f31c2aa/';

describeWith(missingVersitygw, 'the sync program before versitygw', () => {
  let server: Versitygw;
  let proxy: FaultProxy;
  let directory: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await FaultProxy.start(server.endpoint);
    directory = mkdtempSync(join(tmpdir(), 'reprise-killed-'));
    mkdirSync(join(directory, '.reprise'));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await proxy.close();
    await server.close();
    rmSync(directory, { recursive: true });
  });

  function start(): ChildProcess {
    const { accessKeyId, secretAccessKey } = server.agent;
    const { region, bucket } = server.address;
    const store = { ...sampleEnvironment.store, endpoint: proxy.endpoint, region, bucket, prefix: 'local' };
    const told = { ...sampleEnvironment, store, maxBytesPerSecond: 10 * MiB, graceSeconds: 60 };
    const child = spawn(process.execPath, [program, 'sync', directory], {
      env: {
        PATH: process.env['PATH'] ?? '',
        REPRISE_AGENT: agentEnvironment.format(told),
        REPRISE_POD_UID: podUid,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
      stdio: 'ignore',
    });
    children.push(child);
    return child;
  }

  const partsSince = (from: number): number[] =>
    proxy.requests
      .slice(from)
      .flatMap(({ line }) => (/partNumber=([0-9]+)/.exec(line) ?? []).slice(1).map(Number));

  const keys = async (): Promise<string[]> => {
    const store = makeOpenObjectStore({ clock: systemClock })(server.address, server.operator);
    return (await collect(store.list(folder, never))).flat().map(({ key }) => key.slice(folder.length));
  };

  test('sends only what is missing, and the checkpoint is whole', async () => {
    const bytes = await largeCheckpoint({ update: 10, stem: 'model_last', fillerBytes: 60 * MiB });
    writeFileSync(join(directory, 'model_last.pt'), bytes);
    const first = start();
    await expect.poll(() => partsSince(0).length, { timeout: 60_000 }).toBeGreaterThan(4);
    const ended = once(first, 'exit');
    first.kill('SIGKILL');
    await ended;
    const before = partsSince(0);
    expect(await keys()).toEqual([]);
    // the trainer goes on meanwhile: only the snapshot still has what was being sent
    writeFileSync(join(directory, 'model_last.pt'), bytes.subarray(0, bytes.length / 2));
    const from = proxy.requests.length;
    const second = start();
    await expect.poll(keys, { timeout: 90_000 }).toEqual(['last/model_10.pt']);
    const after = partsSince(from);
    // a part that was on its way when the program died may be sent twice
    expect(after).not.toContain(before[0]);
    expect(after.length + before.length).toBeLessThanOrEqual(new Set([...before, ...after]).size + 2);
    const gone = once(second, 'exit');
    second.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
    expect(await keys()).toEqual(['end.json', 'last/model_10.pt']);
    const store = makeOpenObjectStore({ clock: systemClock })(server.address, server.operator);
    await auditCheckpoints(
      store,
      (await keys()).map((key) => folder + key),
    );
    expect(await store.listUploads(folder, never)).toEqual([]);
  }, 240_000);
});
