// Answers that get lost: what really happened decides, never a guess. A false success and a lost race are told apart.
import { beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import type { ProxyFault } from '../support/fault-proxy.ts';
import { codeOf, never, sample, text, uploadOf } from '../support/object-samples.ts';
import { impatience, type S3Bench, sharedS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
sharedS3Bench((started) => {
  bench = started;
});

const large = sample(450_001);
const content = (): string => bench.server.objects.get('a')?.bytes.toString() ?? '';
const lost: readonly ProxyFault[] = ['silenceAfter', 'resetAfter', 'gatewayPage'];

/** Somebody else's write, past the proxy, as soon as a request matches; that request then gets `fault`. */
function beatenAt(line: RegExp, fault: ProxyFault | undefined, bytes: Buffer): void {
  let beaten = false;
  bench.proxy.choose = (candidate) => {
    if (beaten || !line.test(candidate)) return undefined;
    beaten = true;
    bench.server.objects.set('a', {
      bytes,
      etag: '"other"',
      savedAt: 0,
      metadata: {},
      checksum: undefined,
    });
    return fault;
  };
}

describe.each(lost)('%s', (fault) => {
  let store: ObjectStore;
  beforeEach(() => {
    store = bench.open({ limits: impatience });
  });

  test('put: another document in the way is PreconditionFailed', async () => {
    beatenAt(/^PUT/, fault, Buffer.from('theirs'));
    const put = store.put({ key: 'a', bytes: text('mine'), condition: 'absent' }, never);
    expect(await codeOf(put)).toBe('PreconditionFailed');
    expect(content()).toBe('theirs');
  });

  test('upload: another object in the way is PreconditionFailed, and the parts are given up', async () => {
    beatenAt(/^POST .*uploadId/, fault, Buffer.from('theirs'));
    expect(await codeOf(store.upload(uploadOf('a', large), never))).toBe('PreconditionFailed');
    expect(content()).toBe('theirs');
    expect(bench.server.uploads.size).toBe(0);
  });

  test('upload: an object of the same size but other bytes is not taken for ours', async () => {
    beatenAt(/^POST .*uploadId/, fault, Buffer.from(sample(large.length, 99)));
    expect(await codeOf(store.upload(uploadOf('a', large), never))).toBe('PreconditionFailed');
  });

  test('upload: completed, and then no answer to anything: not called a success', async () => {
    let completed = false;
    bench.proxy.choose = (line) => {
      if (completed) return 'resetBefore';
      completed = /^POST .*uploadId/.test(line);
      return completed ? fault : undefined;
    };
    expect(await codeOf(store.upload(uploadOf('a', large), never))).toBe('Unavailable');
    bench.proxy.choose = () => undefined;
    // the next try of the caller finds it done
    await store.upload(uploadOf('a', large), never);
    expect(bench.server.objects.get('a')?.bytes.length).toBe(large.length);
  });
});

test('without a lost answer, the same bytes of somebody else stay theirs', async () => {
  const document = { key: 'a', bytes: text('same'), condition: 'absent' } as const;
  await bench.store.put(document, never);
  expect(await codeOf(bench.open().put(document, never))).toBe('PreconditionFailed');
});

test('an upload aborted from outside is Unavailable: sending it again helps', async () => {
  bench.proxy.choose = (line) => {
    if (/partNumber=3/.test(line)) bench.server.uploads.clear();
    return undefined;
  };
  expect(await codeOf(bench.store.upload(uploadOf('a', large), never))).toBe('Unavailable');
  bench.proxy.choose = () => undefined;
  await bench.store.upload(uploadOf('a', large), never);
});

test('an upload that fails gives its parts up, also when told to stop', async () => {
  const stop = new AbortController();
  const onProgress = (): void => stop.abort(new Error('out of time'));
  await bench.store.upload({ ...uploadOf('a', large), onProgress }, stop.signal).catch(() => {});
  expect(bench.server.uploads.size).toBe(0);
  expect(bench.server.objects.size).toBe(0);
});
