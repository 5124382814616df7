// When unfinished uploads are given up: as the policies that are enforced on their run say, and only by an operator that may delete.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { policies } from '../../../src/ports/kinds.ts';
import { abortAfterSeconds, SweepBench } from '../../support/sweep-bench.ts';

const day = 86_400;
let bench: SweepBench;

beforeEach(async () => {
  bench = new SweepBench();
  bench.applyStore('main');
  bench.seedMarker('zh', { labels: { team: 'a' } });
  await bench.leaveUpload('main/voice/zh/attempts/0001-00000000/steps/model_10.pt');
});
afterEach(async () => bench.end());

const uploads = (): number => bench.bucket().uploads.below('main/').length;

function applyPolicy(name: string, seconds: number, spec: object = {}): void {
  const uploadRule = { abortAfterSeconds: seconds };
  const all = { selector: {}, mode: 'Enforce', uploads: uploadRule, ...spec };
  bench.cluster.storage.create(policies, { metadata: { name }, spec: all });
}

test('the longest time of the policies that select the run holds, in place of the flag', async () => {
  applyPolicy('short', day);
  applyPolicy('long', 2 * day);
  await bench.pass(2 * day - 60);
  expect(uploads()).toBe(1);
  await bench.pass(abortAfterSeconds);
  expect(uploads()).toBe(0);
});

test.each<{ readonly name: string; readonly spec: object }>([
  { name: 'is only audited', spec: { mode: 'Audit' } },
  { name: 'selects other runs', spec: { selector: { runs: { matchLabels: { team: 'b' } } } } },
])('a policy that $name leaves the flag in force', async ({ spec }) => {
  applyPolicy('long', 2 * day, spec);
  await bench.pass(2 * abortAfterSeconds);
  expect(uploads()).toBe(0);
});

test('a policy that is not understood keeps every upload that it may select', async () => {
  applyPolicy('newer', day, { brandNew: true });
  await bench.pass(2 * day);
  expect(uploads()).toBe(1);
});

test('nothing is given up by an operator that may not be the leader', async () => {
  bench.mayDelete = () => {
    throw new Error('another one leads');
  };
  await bench.pass(2 * abortAfterSeconds);
  expect(uploads()).toBe(1);
});
