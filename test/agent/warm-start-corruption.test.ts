// Whatever became of the checkpoint that a warm start is made from, the weights handed over are those that were saved, to the
// bit, or nothing is started.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import { AgentBench, directory, never } from '../support/agent-bench.ts';
import { runs } from '../support/counts.ts';
import { smallCheckpoint } from '../support/small-checkpoint.ts';

const key = 'prod/voice/_objects/base.pt';
const whole = smallCheckpoint(40, 'base');

/** What restore leaves of these bytes; undefined when it stops. */
async function weightsOf(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const source = { is: 'Object', object: 'base.pt' } as const;
  const bench = new AgentBench({
    initializeFrom: { mode: 'WarmStart', clusterUid: 'c', adoptClusters: [], source },
  });
  bench.seedRun();
  bench.objects.seed(key, bytes);
  const { outcome } = await restore(bench, never);
  if (outcome === 'Restored') return bench.disk.bytesAt(`${directory}/model_0.safetensors`);
  expect([outcome, bench.loadable(), bench.opened()]).toEqual(['Stopped', [], undefined]);
  return undefined;
}

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

type Change = (bytes: Uint8Array, where: number, what: number) => Uint8Array;

const changes: readonly Change[] = [
  (bytes, where, what) => {
    const at = Math.floor(where * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(what * 8));
    return bytes;
  },
  (bytes, where) => bytes.slice(0, Math.floor(where * bytes.length)),
  (bytes, where, what) => {
    const from = Math.floor(where * bytes.length);
    return bytes.fill(0, from, from + 1 + Math.floor(what * 200));
  },
  (bytes, where, what) => {
    const at = Math.floor(where * bytes.length);
    return Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(0, Math.floor(what * 64)),
      bytes.subarray(at),
    ]);
  },
];

test('weights are handed over as they were saved, or not at all', async () => {
  const truth = await weightsOf(whole);
  expect(truth?.length).toBeGreaterThan(1024);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...changes), part, part, async (change, where, what) => {
      const weights = await weightsOf(change(whole.slice(), where, what));
      const isWhole = weights === undefined || Buffer.compare(weights, truth ?? new Uint8Array()) === 0;
      expect(isWhole).toBe(true);
    }),
    { numRuns: runs(500, 20_000) },
  );
}, 1_200_000);
