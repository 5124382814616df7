// torch and the real F5-TTS trainer on weights that we wrote: the same tensors, and a start at update 0. Nightly: several GB of
// Python packages.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../dev/process/command.ts';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { openWeights } from '../../src/checkpoint/weights.ts';
import { warmStart } from '../../src/domain/agent/checkpoint-files.ts';
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

/** Compares each file with the checkpoint beside it in the arguments, and prints how many tensors are the same. */
const compare = `
import sys, torch
from safetensors.torch import load_file
bits = lambda tensor: tensor.detach().reshape(-1).view(torch.uint8)
count = 0
for path, checkpoint in zip(sys.argv[1::2], sys.argv[2::2]):
    written = load_file(path)
    truth = torch.load(checkpoint, weights_only=True, map_location="cpu")["ema_model_state_dict"]
    assert written.keys() == truth.keys(), (path, written.keys() ^ truth.keys())
    for name, tensor in truth.items():
        assert written[name].dtype == tensor.dtype and written[name].shape == tensor.shape, (path, name)
        assert torch.equal(bits(written[name]), bits(tensor)), (path, name)
        count += 1
print(count)
`;

/** What can not be copied as it lies, and how it is refused; all else that torch saves comes out whole. */
const refused: Readonly<Record<string, string>> = {
  complex128: 'TensorUnsupported',
  transposed: 'TensorUnsupported',
  channels_last: 'TensorUnsupported',
  expanded: 'TensorUnsupported',
  conjugated: 'TensorUnsupported',
  negated: 'TensorUnsupported',
  sparse: 'TensorUnsupported',
  meta: 'TensorUnsupported',
  legacy: 'NoEndRecord',
};

/** Exports every variant in a folder that can be, and says how the others are refused. */
async function exportAll(folder: string): Promise<Readonly<Record<string, string>>> {
  const codes: Record<string, string> = {};
  for (const file of readdirSync(folder)) {
    const [name, bytes] = [basename(file, '.pt'), readFileSync(join(folder, file))];
    const reading = await openWeights(memorySource(bytes));
    if (reading.kind === 'refused') codes[name] = reading.problem.code;
    else await exportWeights(bytes, join(folder, `${name}.safetensors`));
  }
  return codes;
}

const checkpointOf = (path: string): string => path.replace(/\.safetensors$/u, '.pt');

const timeout = 900_000;

describeWith('missing' in environment ? environment.missing : undefined, 'the weights we write', () => {
  test('are, tensor by tensor, what torch.load finds in the checkpoint', { timeout }, async () => {
    const folder = temporaryFolder();
    const names = ['full-update48.pt', 'full-update45.pt', 'two-rank.pt', 'era-b-step.pt', 'ema-only.pt'];
    for (const name of names) await exportWeights(genuine(name), join(folder, name));
    const pairs = names.flatMap((name) => [join(folder, name), fixture(name)]);
    expect(await run(python, ['-c', compare, ...pairs], { timeoutSeconds: 300 })).toBe(`${56 * 5}\n`);
  });

  test('of anything else that torch saves are the same, or refused', { timeout }, async () => {
    const folder = temporaryFolder();
    const script = new URL('../support/f5-tts/variants.py', import.meta.url).pathname;
    await run(python, [script, folder], { timeoutSeconds: 300 });
    expect(await exportAll(folder)).toEqual(refused);
    const exported = readdirSync(folder).filter((file) => file.endsWith('.safetensors'));
    expect(exported).toHaveLength(23);
    const pairs = exported.map((file) => join(folder, file)).flatMap((path) => [path, checkpointOf(path)]);
    expect(await run(python, ['-c', compare, ...pairs], { timeoutSeconds: 300 })).toBe(`${3 * 23}\n`);
  });

  test('start the real trainer at update 0, with exactly these weights', { timeout }, async () => {
    const folder = temporaryFolder();
    const reference = fixture('full-update48.pt');
    await exportWeights(genuine('full-update48.pt'), join(folder, warmStart));
    // what a fine-tuning script copies in must not be taken instead
    writeFileSync(join(folder, 'pretrained_model_1250000.safetensors'), 'other weights');
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
