// A pod that is gone before anybody could read its log once more: its last updates were heard while it was being ended, and stand in status.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiVersion, runNames } from '../../../src/api/names.ts';
import { runs } from '../../../src/ports/kinds.ts';
import { refusal } from '../../support/fake-cluster.ts';
import { FakeTraining } from '../../support/fake-training.ts';
import { OperatorBench } from '../../support/operator-bench.ts';

let bench: OperatorBench;
let training: FakeTraining;

beforeEach(async () => {
  bench = new OperatorBench();
  training = new FakeTraining(bench);
  training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  training.flushes = false;
  const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
  const metadata = { name: 'zh', namespace: 'voice' };
  bench.cluster.storage.create(runs, { apiVersion, kind: runNames.kind, metadata, spec: { trainer } });
  while (training.history.updatesMade < 15) await turn();
});
afterEach(async () => bench.end());

async function turn(): Promise<void> {
  await bench.live(1);
  await training.turn();
}

test('what it made after the last look counts as lost', async () => {
  const [pod] = training.pods;
  const { name = '', namespace = '' } = pod?.metadata ?? {};
  bench.cluster.before = ({ verb }) => {
    if (verb === 'logTail') throw refusal('NotFound');
  };
  await turn();
  await turn();
  training.kubelet.deletePod({ name, namespace });
  await bench.live(0.1);
  bench.cluster.endPodLog({ name, namespace }, 'trainer');
  await bench.live(0.1);
  await training.turn();
  await training.turn();
  expect(training.pods.map(({ metadata }) => metadata.name)).not.toContain(name);
  await bench.live(10);
  const entry = bench.runStatus('zh')?.attempts.find(({ number }) => number === 1);
  expect(entry).toMatchObject({ cause: 'PodDeleted', savedUpdate: 20, endUpdate: 25 });
  expect(entry).toMatchObject({ lostUpdates: 5, lostUpdatesIsLowerBound: false });
});
