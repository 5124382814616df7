// A loop that must end at once, as when leadership is lost: no pass goes on.
import { expect, test } from 'vitest';
import { Loop } from '../../../src/operator/engine/loop.ts';
import { RecordedLog } from '../../support/recorded-log.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const forever = async (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

test.each(['while it works', 'while passes under way may still finish'])(
  'aborts every pass when it must end at once, %s',
  async (when) => {
    const [clock, log] = [new VirtualClock(), new RecordedLog()];
    const reasons: unknown[] = [];
    const loop = new Loop({
      name: 'run',
      workers: 2,
      clock,
      log,
      chance: () => 1,
      reconcile: async (_key, signal) =>
        forever(signal).catch((cause: unknown) => {
          reasons.push(cause);
          throw cause;
        }),
    });
    const [stop, lost] = [new AbortController(), new AbortController()];
    const running = loop.run(stop.signal, lost.signal);
    for (const key of ['a', 'b', 'c']) loop.add(key);
    await clock.advance(10);
    if (when !== 'while it works') stop.abort(new Error('stopped'));
    const reason = new Error('not the leader any more');
    lost.abort(reason);
    await running;
    expect(reasons).toEqual([reason, reason]);
    expect(log.lines).toEqual([]);
    expect(clock.sleeping).toBe(0);
  },
);
