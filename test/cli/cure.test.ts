// What would change how a run stands, with the commands where there are some.
import { expect, test } from 'vitest';
import { explain } from '../../src/cli/explanation.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { RunBench } from '../support/run-bench.ts';
import { ended, snapshotOf, statusWith, timeAgo } from '../support/run-snapshots.ts';

test('of a wait after disruptions: there is no log to read', () => {
  const attempts = [3, 2, 1].map((number) => ended(number, 'Evicted', { endedAt: timeAgo(1) }));
  const snapshot = snapshotOf({ status: statusWith(attempts), bucket: [] });
  expect(explain(snapshot, { isBlind: false, isBucketUnseen: false })).toMatchObject({
    phase: 'Restarting',
    cure: expect.stringMatching(/starts the next attempt at once\.$/),
  });
});

test('of the last failure: the commands to read what it said, and to try again', async () => {
  const bench = new RunBench({ restart: { maxFailures: 1 } });
  const observer = new CliObserver(bench);
  bench.training.script = { pace: 3, stepEvery: 100, target: 900, crashes: [1] };
  bench.training.flushes = false;
  await bench.liveUntil(() => bench.status.phase === 'Failed');
  expect(JSON.parse((await observer.run('why', 'zh', '-o', 'json')).out)).toMatchObject({
    reason: 'TooManyFailures',
    cure: expect.stringMatching(
      / to a new value\. See kubectl reprise logs -n voice zh, then kubectl reprise retry -n voice zh\.$/,
    ),
  });
});
