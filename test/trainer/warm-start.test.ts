// A warm start from end to end on one machine: a full checkpoint of the stand-in trainer, restore over a fake bucket, and the
// trainer that finds what restore left.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import { AgentBench, directory, never } from '../support/agent-bench.ts';
import { describeWith } from '../support/requirement.ts';
import { digestOf, makeFolder, missingPython, train } from '../support/tiny-trainer.ts';
import { trainFromWeights } from '../support/warm-reference.ts';

const plan = ['--updates', '20', '--save-per-updates', '100', '--last-per-updates', '5'];

/** What restore leaves for a warm start from this checkpoint. */
async function weightsOf(checkpoint: string): Promise<Uint8Array> {
  const bench = new AgentBench({
    initializeFrom: {
      mode: 'WarmStart',
      clusterUid: 'cluster',
      adoptClusters: [],
      source: { is: 'Object', object: 'base.pt' },
    },
  });
  bench.seedRun();
  bench.objects.seed('prod/voice/_objects/base.pt', readFileSync(checkpoint));
  expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored' });
  expect(bench.loadable()).toEqual(['model_0.safetensors']);
  return bench.disk.bytesAt(`${directory}/model_0.safetensors`) ?? new Uint8Array();
}

describeWith(missingPython(), 'a warm start', () => {
  test('takes the weights over to the bit, counts from 0, and a later start prefers what the trainer saved', async () => {
    const [base, warm] = [makeFolder(), join(makeFolder(), 'warm')];
    await train(base, plan);
    const source = join(base, 'model_last.pt');
    mkdirSync(warm);
    writeFileSync(join(warm, 'model_0.safetensors'), await weightsOf(source));

    const ended = await train(warm, plan);
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Loaded model_0.safetensors at update 0'),
    });
    const want = join(base, 'reference.pt');
    await trainFromWeights({ from: source, to: want, planned: 20, updates: 20 });
    expect(await digestOf(join(warm, 'model_last.pt'))).toBe(await digestOf(want));

    expect((await train(warm, plan)).stdout).toContain('Loaded model_last.pt at update 20');
    rmSync(join(warm, 'model_last.pt'));
    writeFileSync(join(warm, 'pretrained_model_1250000.safetensors'), 'of a fine-tuning script');
    expect((await train(warm, plan)).stdout).toContain('Loaded model_0.safetensors at update 0');
  });
});
