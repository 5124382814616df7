// torch and the real F5-TTS trainer on weights that we wrote: the same tensors, and a start at update 0. Nightly: several GB of
// Python packages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../dev/process/command.ts';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { memorySource } from '../support/byte-sources.ts';
import { genuine } from '../support/checkpoints.ts';
import { nightly } from '../support/counts.ts';
import { exportWeights, temporaryFolder } from '../support/exported-weights.ts';
import type { PythonEnvironment } from '../support/python-environment.ts';
import { pythonEnvironment } from '../support/python-environment.ts';
import { describeWith } from '../support/requirement.ts';

/** Versions that import together; a plain `pip install f5-tts` takes a torch and a torchaudio that do not. */
const packages = [
  'torch==2.14.1',
  'torchaudio==2.11.0',
  'torchcodec==0.17.0',
  'accelerate==1.15.0',
  'ema_pytorch==0.8.3',
  'datasets==5.2.0',
  'librosa==0.11.0',
  'soundfile==0.14.0',
  'x_transformers==2.31.10',
  'torchdiffeq==0.2.5',
  'pypinyin==0.55.0',
  'rjieba==0.2.2',
  'wandb==0.31.0',
  'safetensors==0.8.0',
  'hydra-core==1.3.8',
  'cached_path==1.8.10',
  'tqdm==4.70.1',
];

const environment: PythonEnvironment = nightly
  ? await pythonEnvironment({
      name: 'f5-tts',
      steps: [packages, ['--no-deps', 'f5-tts==1.1.22']],
      limitSeconds: 1800,
    })
  : { missing: 'make nightly: torch and F5-TTS, 6 GB' };
const python = 'missing' in environment ? '' : environment.python;
const fixture = (name: string): string => new URL(`../fixtures/f5-tts/${name}`, import.meta.url).pathname;

const compare = `
import sys, torch
from safetensors.torch import load_file
written = load_file(sys.argv[1])
truth = torch.load(sys.argv[2], weights_only=True, map_location="cpu")["ema_model_state_dict"]
assert written.keys() == truth.keys(), written.keys() ^ truth.keys()
for name, tensor in truth.items():
    assert written[name].dtype == tensor.dtype and written[name].shape == tensor.shape, name
    assert torch.equal(written[name], tensor), name
print(len(truth))
`;

const timeout = 900_000;

describeWith('missing' in environment ? environment.missing : undefined, 'the weights we write', () => {
  test.each(['full-update48.pt', 'full-update45.pt', 'two-rank.pt', 'era-b-step.pt', 'ema-only.pt'])(
    'of %s are, tensor by tensor, what torch.load finds',
    { timeout },
    async (name) => {
      const path = join(temporaryFolder(), 'voice.safetensors');
      await exportWeights(genuine(name), path);
      const count = await run(python, ['-c', compare, path, fixture(name)], { timeoutSeconds: 300 });
      expect(count.trim()).toBe('56');
    },
  );

  test('start the real trainer at update 0, with exactly these weights', { timeout }, async () => {
    const folder = temporaryFolder();
    const reference = fixture('full-update48.pt');
    await exportWeights(genuine('full-update48.pt'), join(folder, 'pretrained_voice.safetensors'));
    const script = new URL('../support/f5-tts/train.py', import.meta.url).pathname;
    const told = await run(python, [script, folder, join(folder, 'data'), reference], {
      timeoutSeconds: 800,
    });
    const line = told.split('\n').find((one) => one.startsWith('{'));
    expect(JSON.parse(line ?? '{}')).toEqual({ start: 0, model: true, ema: true });
    const saved = await inspectCheckpoint(memorySource(readFileSync(join(folder, 'model_last.pt'))));
    expect(saved).toMatchObject({ kind: 'full', complete: true, problems: [], parameters: 56_916 });
    expect(saved.update).toBeGreaterThan(0);
    expect(saved.update).toBeLessThan(48);
  });
});
