// How often and when a request is tried, on a clock that only the test moves.
import { describe, expect, test } from 'vitest';
import { type Call, Caller } from '../../src/s3/caller.ts';
import { defaultLimits } from '../../src/s3/limits.ts';
import { attempt, codeOf, never } from '../support/object-samples.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const failing = (name: string, status: number, headers = {}): object => ({
  name,
  message: '',
  $metadata: { httpStatusCode: status },
  $response: { headers },
});

function bench() {
  const clock = new VirtualClock();
  const caller = new Caller({
    clock,
    limits: defaultLimits,
    random: () => 0,
    bucket: 'bucket',
    endpoint: 'https://s3',
  });
  const at: number[] = [];
  /** Fails with each error in turn, then succeeds. */
  const failTimes = (...errors: readonly object[]): Call<string> => {
    const left = [...errors];
    return {
      verb: 'read',
      run: () => {
        at.push(clock.monotonic());
        const error = left.shift();
        return error === undefined ? Promise.resolve('done') : Promise.reject(error);
      },
    };
  };
  return { clock, caller, at, failTimes };
}

const fiveHundred = failing('InternalError', 500);

describe('a request', () => {
  test('is tried again after growing delays, and not for ever', async () => {
    const { clock, caller, at, failTimes } = bench();
    const outcome = codeOf(caller.call(failTimes(...Array.from({ length: 20 }, () => fiveHundred)), never));
    await clock.advance(60_000);
    expect(await outcome).toBe('Unavailable');
    expect(at).toEqual([0, 200, 600, 1400, 3000, 6200]);
    expect(clock.sleeping).toBe(0);
  });

  test('is not tried again when that cannot help', async () => {
    const { caller, at, failTimes } = bench();
    expect(await codeOf(caller.call(failTimes(failing('AccessDenied', 403)), never))).toBe('AccessDenied');
    expect(at).toEqual([0]);
  });

  test('that never answers is given up after its time, each try', async () => {
    const { clock, caller } = bench();
    let started = 0;
    const run = (): Promise<never> => {
      started += 1;
      return new Promise(() => {});
    };
    const outcome = codeOf(caller.call({ verb: 'read', run }, never));
    await clock.advance(6 * 30_000 + 6200);
    expect(await outcome).toBe('Unavailable');
    expect(started).toBe(6);
    expect(clock.sleeping).toBe(0);
  });

  test('that moves on does not use up its tries', async () => {
    const { clock, caller, at, failTimes } = bench();
    const errors = Array.from({ length: 20 }, () => fiveHundred);
    const outcome = codeOf(caller.call({ ...failTimes(...errors), progressed: () => true }, never));
    await clock.advance(60_000);
    expect(await outcome).toBe('ok');
    expect(at).toHaveLength(21);
  });
});

describe('after SlowDown', () => {
  test('every request of the store is held back', async () => {
    const { clock, caller, at, failTimes } = bench();
    let throttled = 0;
    const first = caller.call(
      { ...failTimes(failing('SlowDown', 503)), onThrottled: () => (throttled += 1) },
      never,
    );
    await settle();
    const second = caller.call(failTimes(), never);
    await clock.advance(999);
    expect(at).toEqual([0]);
    await clock.advance(1000);
    expect(await Promise.all([first, second])).toEqual(['done', 'done']);
    expect(at).toEqual([0, 1000, 1000]);
    expect(throttled).toBe(1);
  });

  test.each([
    ['5', 5000],
    ['86400', defaultLimits.longestWaitMilliseconds],
  ])('Retry-After %s is obeyed, up to a minute', async (header, wait) => {
    const { clock, caller, at, failTimes } = bench();
    const outcome = caller.call(failTimes(failing('SlowDown', 503, { 'retry-after': header })), never);
    await clock.advance(100_000);
    expect(await outcome).toBe('done');
    expect(at).toEqual([0, wait]);
  });

  test('an abort ends the waiting', async () => {
    const { clock, caller, failTimes } = bench();
    const stop = new AbortController();
    const outcome = attempt(caller.call(failTimes(failing('SlowDown', 503)), stop.signal));
    await settle();
    stop.abort(new Error('enough'));
    expect(await outcome).toBe(stop.signal.reason);
    expect(clock.sleeping).toBe(0);
  });
});

describe('an open outcome', () => {
  test('is settled before the next try', async () => {
    const { clock, caller, at, failTimes } = bench();
    const outcome = caller.call(
      { ...failTimes(fiveHundred), settle: () => Promise.resolve('it had happened') },
      never,
    );
    await clock.advance(1000);
    expect(await outcome).toBe('it had happened');
    expect(at).toEqual([0]);
  });

  test('that cannot be settled is told in the error', async () => {
    const { clock, caller, failTimes } = bench();
    const errors = Array.from({ length: 20 }, () => fiveHundred);
    const outcome = attempt(
      caller.call({ ...failTimes(...errors), settle: () => Promise.reject(new Error('away too')) }, never),
    );
    await clock.advance(60_000);
    expect(await outcome).toMatchObject({
      code: 'Unavailable',
      message: expect.stringContaining('it may have taken effect') as string,
    });
  });
});
