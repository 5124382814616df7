// The container dies at every request in turn, while it is under way and after it took effect, and is started again: all that was
// finished arrives, once, and nothing unfinished stays behind.
import { describe, expect, test } from 'vitest';
import { AgentBench, directory } from '../support/agent-bench.ts';
import { verdictOn } from '../support/checkpoint-audit.ts';
import { checkpointAt, renamed } from '../support/checkpoints.ts';
import { runs } from '../support/counts.ts';
import { place, SyncRun } from '../support/sync-run.ts';

const size = checkpointAt(10).byteLength;
const everything = [
  'end.json',
  'last/model_10.pt',
  'last/model_40.pt',
  'steps/model_10.pt',
  'steps/model_20.pt',
  'steps/model_30.pt',
];

/** Every request takes its time, and an upload some more in its middle. */
function slowStore(bench: AgentBench): void {
  bench.objects.faults.add({ times: Infinity, delayMilliseconds: 100 });
  bench.objects.faults.add({ on: 'upload', times: Infinity, midwayMilliseconds: 100 });
}

const saveAll = (bench: AgentBench): void => {
  bench.save('model_10.pt', renamed(checkpointAt(10)));
  bench.save('model_last.pt', checkpointAt(10));
  for (const update of [20, 30]) bench.save(`model_${update}.pt`, checkpointAt(update));
};

/** Lets time pass in small steps until so many requests were made, or all that time is over. */
async function untilRequest(run: SyncRun, count: number): Promise<void> {
  const { requests } = run.bench.objects.faults;
  for (let steps = 0; steps < 1000 && requests.length < count; steps += 1) await run.pass(0.02);
}

async function expectNothingLost(bench: AgentBench): Promise<void> {
  const last = new SyncRun(bench);
  await last.pass(20);
  bench.save('model_last.pt', checkpointAt(40));
  const end = await last.finish();
  expect(end).toMatchObject({ flushed: true, unsent: [], lastUpdateSaved: 40 });
  expect(last.saved).toEqual(everything);
  const checkpoints = [...bench.objects.objects].filter(([key]) => key.endsWith('.pt'));
  for (const [, { bytes }] of checkpoints) expect(await verdictOn(bytes)).toBe('verified');
  expect(bench.objects.uploads.below('')).toEqual([]);
  expect(bench.disk.paths(`${directory}/.reprise`)).toEqual([`${directory}/.reprise/placed.json`]);
  expect(bench.disk.openFiles).toBe(0);
}

describe.each([
  { moment: 'as it begins', after: 0 },
  { moment: 'in its middle', after: 0.15 },
  { moment: 'after it', after: 0.3 },
])('killed $moment', ({ after }) => {
  const requests = Array.from({ length: runs(8, 24) }, (_, index) => 1 + index * runs(3, 1));

  test.each(requests)('at request %d: nothing is lost, and little is sent twice', async (count) => {
    const bench = new AgentBench();
    await place(bench, 1, checkpointAt(1));
    slowStore(bench);
    const first = new SyncRun(bench);
    saveAll(bench);
    await untilRequest(first, count);
    await first.pass(after);
    await first.kill();
    await expectNothingLost(bench);
    // four states under five keys; of what was cut off, at most one piece of a quarter is sent again
    expect(bench.objects.uploads.sentBytes).toBeLessThanOrEqual(4.3 * size);
  });
});

test('killed again and again', async () => {
  const bench = new AgentBench();
  await place(bench, 1, checkpointAt(1));
  slowStore(bench);
  saveAll(bench);
  for (let life = 1; life <= runs(10, 60); life += 1) {
    const run = new SyncRun(bench);
    await run.pass(0.1 + (life % 9) * 0.07);
    await run.kill();
  }
  await expectNothingLost(bench);
});
