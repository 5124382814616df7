// What the log is told of a transfer.
import { expect, test } from 'vitest';
import { reportTransfer } from '../../src/agent/transfer-report.ts';
import { AgentBench } from '../support/agent-bench.ts';

test('percent, rate and time left, at most every five seconds', async () => {
  const bench = new AgentBench();
  const report = reportTransfer(bench, { key: 'k', sizeBytes: 1000 }, 'downloading');
  for (let done = 0; done <= 1000; done += 10) {
    report(done);
    await bench.clock.advance(120);
  }
  const told = bench.log.lines.filter(({ message }) => message === 'downloading').map(({ fields }) => fields);
  expect(told).toEqual([
    { key: 'k', percent: 42, bytesPerSecond: 83, secondsLeft: 7 },
    { key: 'k', percent: 84, bytesPerSecond: 83, secondsLeft: 2 },
  ]);
});

test('a transfer that has not begun to move has no time left to tell', async () => {
  const bench = new AgentBench();
  const report = reportTransfer(bench, { key: 'k', sizeBytes: 1000 }, 'uploading');
  await bench.clock.advance(5000);
  report(0);
  expect(bench.log.lines.at(-1)?.fields).toMatchObject({ percent: 0, bytesPerSecond: 0, secondsLeft: null });
});
