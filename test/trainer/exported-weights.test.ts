// The real safetensors library reads what we write, and finds in it the very tensors of the checkpoint.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../dev/process/command.ts';
import { examineCheckpoint } from '../../src/checkpoint/inspection.ts';
import type { Tensor } from '../../src/checkpoint/tensor.ts';
import type { Directory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';
import { genuine } from '../support/checkpoints.ts';
import { exportWeights, temporaryFolder } from '../support/exported-weights.ts';
import { pythonEnvironment } from '../support/python-environment.ts';
import { describeWith } from '../support/requirement.ts';

const environment = await pythonEnvironment({
  name: 'safetensors',
  steps: [['safetensors==0.8.0', 'numpy>=1.26']],
  limitSeconds: 120,
});

/** Name → type, shape and digest of every tensor, as the library loads it. */
const script = `
import hashlib, json, sys
from safetensors.numpy import load_file
print(json.dumps({name: [str(array.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]
                  for name, array in load_file(sys.argv[1]).items()}))
`;

async function loaded(path: string): Promise<unknown> {
  if ('missing' in environment) throw new Error(environment.missing);
  return JSON.parse(await run(environment.python, ['-c', script, path], { timeoutSeconds: 60 }));
}

const numpyTypes: Readonly<Record<string, string>> = { F32: 'float32', I64: 'int64', BOOL: 'bool' };

function digestOf(file: Uint8Array, { entries }: Directory, { place }: Tensor): string {
  const entry = entries.find((one) => one.name === place.entry);
  if (entry === undefined) throw new Error(`no entry ${place.entry}`);
  const extra = Buffer.from(file).readUInt16LE(entry.offset + 28);
  const start = entry.offset + 30 + entry.nameLength + extra + place.offset;
  return createHash('sha256')
    .update(file.subarray(start, start + (place.length ?? 0)))
    .digest('hex');
}

/** The same of a checkpoint's EMA, by where its bytes lie in the archive. */
async function held(file: Uint8Array): Promise<unknown> {
  const { tensors, directory } = await examineCheckpoint(memorySource(file));
  if (directory === undefined) throw new Error('no archive');
  const ema = tensors.filter(({ group }) => group === 'ema_model_state_dict');
  return Object.fromEntries(
    ema.map((tensor) => [
      tensor.name,
      [numpyTypes[tensor.dtype], tensor.shape, digestOf(file, directory, tensor)],
    ]),
  );
}

describeWith('missing' in environment ? environment.missing : undefined, 'exported weights', () => {
  test.each(['full-update48.pt', 'full-update45.pt', 'two-rank.pt', 'era-b-step.pt', 'ema-only.pt'])(
    'of %s hold every EMA tensor, bit for bit',
    async (name) => {
      const path = join(temporaryFolder(), 'voice.safetensors');
      await exportWeights(genuine(name), path);
      expect(await loaded(path)).toEqual(await held(genuine(name)));
    },
  );

  test('of update 48 are what the library itself wrote of that EMA', async () => {
    const path = join(temporaryFolder(), 'voice.safetensors');
    await exportWeights(genuine('full-update48.pt'), path);
    const truth = new URL('../fixtures/f5-tts/ema.safetensors', import.meta.url).pathname;
    expect(await loaded(path)).toEqual(await loaded(truth));
  });
});
