// A status that the API server refuses (CRDs older than the operator): the run cannot say so itself, so an Event does.
import { expect, test } from 'vitest';
import { refusal } from '../../support/fake-cluster.ts';
import { RunBench } from '../../support/run-bench.ts';

test('is told in an Event, once, and the run goes on when it is taken again', async () => {
  const bench = new RunBench();
  bench.cluster.before = ({ verb }) => {
    if (verb === 'applyStatus') throw refusal('Invalid', 'status.phase: Unsupported value: "Stalled".');
  };
  for (let pass = 0; pass < 3; pass += 1)
    await expect(bench.pass()).rejects.toMatchObject({ code: 'Invalid' });
  expect(bench.events).toMatchObject([
    {
      reason: 'StatusRefused',
      message:
        'The API server refuses the status of this run, so nothing is done about it: status.phase: Unsupported value: "Stalled". The CRDs are most likely of an older version than the operator: apply those of its version (crds/).',
    },
  ]);
  expect(bench.jobNames).toEqual([]);
  bench.cluster.before = () => undefined;
  await bench.liveUntil(() => bench.status.phase === 'Succeeded');
});

test('a run that is deleted in the middle of a pass is no failure, but a conflict', async () => {
  const bench = new RunBench();
  bench.cluster.before = ({ verb }) => {
    if (verb === 'applyStatus') bench.deleteRun();
  };
  await expect(bench.pass()).rejects.toMatchObject({ code: 'Conflict' });
  expect([bench.jobNames, bench.events]).toEqual([[], []]);
  expect(await bench.pass()).toMatchObject({ kind: 'settled' });
});

test('a conflict is nobody’s trouble', async () => {
  const bench = new RunBench();
  bench.cluster.before = ({ verb }) => {
    if (verb === 'applyStatus') throw refusal('Conflict');
  };
  await expect(bench.pass()).rejects.toMatchObject({ code: 'Conflict' });
  expect(bench.events).toEqual([]);
});
