// What a plan says of money: what a run costs before and after, and what was reclaimed of it, where the store has a price.
import { expect, test } from 'vitest';
import { runs, stores } from '../../src/ports/kinds.ts';
import { emptyStatus } from '../support/cli-bench.ts';
import { planned, writtenRun } from '../support/inventories.ts';
import { PlanBench } from '../support/plan-bench.ts';

test('over the cluster', async () => {
  const bench = new PlanBench();
  await bench.addTwoRuns();
  expect((await bench.run('plan', 'b')).out).not.toMatch(/cost|reclaimed/);
  bench.cluster.storage.patch(stores, { name: 'main' }, { spec: { pricePerGiBMonth: '100000' } });
  const totals = { ...emptyStatus.totals, reclaimedBytes: 2 ** 20 };
  bench.cluster.storage.putStatus(
    runs,
    { namespace: 'voice', name: 'b' },
    { status: { ...emptyStatus, totals } },
  );
  const { out } = await bench.run('plan', 'b');
  expect(out).toMatch(/^ {2}cost +0\.56 a month before, 0\.28 after$/m);
  expect(out).toMatch(/^ {2}reclaimed +1\.05 MB until now, 97\.66 a month$/m);
  bench.addPolicy('all', { selector: {}, mode: 'Enforce', defaults: { keepNewest: 1 } });
  expect((await bench.run('plan', '--policy', 'all')).out).toMatch(
    /^ {2}total .*\n {2}cost +1\.02 a month before, 0\.47 after$/m,
  );
});

test('over an inventory that tells the price', async () => {
  const { out } = await planned({ runs: [writtenRun()], pricePerGiBMonth: 2 }, 'retention: {keepNewest: 1}');
  expect(out).toMatch(/^ {2}cost +12\.00 a month before, 6\.00 after$/m);
  expect((await planned({ runs: [writtenRun()] })).out).not.toContain('cost');
});
