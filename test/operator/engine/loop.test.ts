// The loop over a virtual clock: how outcomes and throws become the next pass, what is logged, and how it stops.
import { describe, expect, test } from 'vitest';
import { settled, stalled, waiting } from '../../../src/domain/outcome.ts';
import { Loop, type LoopSetup, type Reconcile } from '../../../src/operator/engine/loop.ts';
import { ClusterError } from '../../../src/ports/cluster.ts';
import type { LoopMetrics, PassResult } from '../../../src/ports/loop-metrics.ts';
import { RecordedLog } from '../../support/recorded-log.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

class Counted implements LoopMetrics {
  readonly results: PassResult[] = [];
  keys = 0;

  passed(_loop: string, result: PassResult): void {
    this.results.push(result);
  }

  queued(_loop: string, keys: number): void {
    this.keys = keys;
  }
}

/** A running loop; `passes` are the virtual seconds at which passes began. */
function start(reconcile: Reconcile, extra: Partial<LoopSetup> = {}) {
  const clock = new VirtualClock();
  const log = new RecordedLog();
  const metrics = new Counted();
  const passes: number[] = [];
  const timed: Reconcile = async (key, signal) => {
    passes.push(clock.monotonic() / 1000);
    return reconcile(key, signal);
  };
  const setup: LoopSetup = {
    name: 'run',
    workers: 1,
    reconcile: timed,
    clock,
    log,
    chance: () => 1,
    metrics,
    ...extra,
  };
  const loop = new Loop(setup);
  const stop = new AbortController();
  const running = loop.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort(new Error('stopped'));
    await running;
  };
  return { clock, log, metrics, passes, loop, stop, running, end };
}

const forever = async (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

describe('outcomes', () => {
  test.each([
    { name: 'settled waits for a change', outcome: settled(), wantPasses: [0] },
    { name: 'settled with a recheck looks again', outcome: settled(40), wantPasses: [0, 40, 80] },
    { name: 'waiting looks again', outcome: waiting(30), wantPasses: [0, 30, 60, 90] },
    { name: 'stalled waits for a person', outcome: stalled(), wantPasses: [0] },
    { name: 'stalled with a recheck notices by itself', outcome: stalled(60), wantPasses: [0, 60] },
  ])('$name', async ({ outcome, wantPasses }) => {
    const { clock, loop, passes, metrics, end } = start(async () => outcome);
    loop.add('a');
    await clock.advance(100_000);
    await end();
    expect(passes).toEqual(wantPasses);
    expect(new Set(metrics.results)).toEqual(new Set([outcome.kind]));
    expect(clock.sleeping).toBe(0);
  });

  test('a change during a pass starts the next one at once', async () => {
    const { clock, loop, passes, end } = start(async (_key, signal) => {
      await clock.sleep(1000, signal);
      return waiting(60);
    });
    loop.add('a');
    await clock.advance(500);
    loop.add('a');
    await clock.advance(10_000);
    await end();
    expect(passes).toEqual([0, 1]);
  });
});

describe('failures', () => {
  test('back off per key, and start over after a success', async () => {
    const fails = new Set([0, 1, 2, 3, 5]);
    let pass = 0;
    const { clock, loop, passes, end } = start(async () => {
      if (fails.has(pass++)) throw new Error('no answer');
      return waiting(10);
    });
    loop.add('a');
    await clock.advance(12_000);
    await end();
    const gaps = passes.slice(1).map((at, index) => Math.round((at - (passes[index] ?? 0)) * 1000));
    expect(gaps).toEqual([100, 200, 400, 800, 10_000, 100]);
  });

  test('of one key do not hold back another', async () => {
    const seen: string[] = [];
    const { clock, loop, end } = start(async (key) => {
      seen.push(key);
      if (key === 'bad') throw new Error('no answer');
      return settled();
    });
    loop.add('bad');
    loop.add('good');
    await clock.advance(0);
    await end();
    expect(seen).toEqual(['bad', 'good']);
  });

  test('are logged once each, with the key and when it is tried again', async () => {
    const cause = new Error('no answer');
    const { clock, loop, log, metrics, end } = start(async () => {
      throw cause;
    });
    loop.add('voice/x');
    await clock.advance(150);
    await end();
    const fields = { loop: 'run', key: 'voice/x', err: cause };
    expect(log.lines).toEqual([
      {
        level: 'error',
        message: 'reconcile failed',
        fields: { ...fields, failures: 1, retryInSeconds: 0.1 },
      },
      {
        level: 'error',
        message: 'reconcile failed',
        fields: { ...fields, failures: 2, retryInSeconds: 0.2 },
      },
    ]);
    expect(metrics.results).toEqual(['failed', 'failed']);
  });

  test('a conflict is tried again without an error in the log', async () => {
    let pass = 0;
    const { clock, loop, log, passes, metrics, end } = start(async () => {
      if (pass++ === 0) throw new ClusterError('Conflict', 'the object has been modified');
      return settled();
    });
    loop.add('a');
    await clock.advance(1000);
    await end();
    expect(passes).toEqual([0, 0.1]);
    expect(log.messages('error')).toEqual([]);
    expect(metrics.results).toEqual(['conflict', 'settled']);
  });

  test('a pass that hangs is aborted at its deadline and counts as failed', async () => {
    let pass = 0;
    const hangOnce: Reconcile = async (_key, signal) => (pass++ === 0 ? forever(signal) : settled());
    const { clock, loop, log, passes, end } = start(hangOnce, { passDeadlineSeconds: 20 });
    loop.add('a');
    await clock.advance(30_000);
    await end();
    expect(passes).toEqual([0, 20.1]);
    expect(String(log.lines[0]?.fields['err'])).toContain('took longer than 20 s');
  });
});

describe('stopping', () => {
  test('lets the passes under way finish, and starts no other', async () => {
    const finished: string[] = [];
    const { clock, loop, running, stop } = start(async (key, signal) => {
      await clock.sleep(3000, signal);
      finished.push(key);
      return waiting(1);
    });
    loop.add('a');
    loop.add('b');
    await clock.advance(1000);
    stop.abort(new Error('stopped'));
    loop.add('c');
    await clock.advance(60_000);
    await running;
    expect(finished).toEqual(['a']);
    expect(clock.sleeping).toBe(0);
  });

  test('aborts a pass that does not finish in time, without calling it a failure', async () => {
    const { clock, loop, log, running, stop } = start(async (_key, signal) => forever(signal), {
      drainSeconds: 2,
    });
    loop.add('a');
    await clock.advance(100);
    stop.abort(new Error('stopped'));
    await clock.advance(2000);
    await running;
    expect(log.lines).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  test('ends at once when it was told to stop before it began', async () => {
    const { loop, end, clock } = start(async () => settled());
    await end();
    await loop.run(AbortSignal.abort());
    expect(clock.sleeping).toBe(0);
  });
});

test('works on several keys at once, up to the number of workers', async () => {
  let busy = 0;
  let most = 0;
  const { clock, loop, metrics, end } = start(
    async (_key, signal) => {
      most = Math.max(most, ++busy);
      await clock.sleep(1000, signal);
      busy -= 1;
      return settled();
    },
    { workers: 3 },
  );
  for (const key of ['a', 'b', 'c', 'd', 'e']) loop.add(key);
  await clock.advance(500);
  expect(metrics.keys).toBe(2);
  await clock.advance(2000);
  await end();
  expect(most).toBe(3);
  expect(metrics.results).toHaveLength(5);
});
