// The stand-in trainer's files: torch's own layout, as the genuine ones have it; and which of several it loads.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { scanPickle } from '../../src/checkpoint/pickle-scan.ts';
import type { PickleValue } from '../../src/checkpoint/pickle-value.ts';
import { asNode } from '../../src/checkpoint/pickle-value.ts';
import type { Directory } from '../../src/checkpoint/zip-directory.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';
import { rewriteEntry } from '../support/entry-rewrite.ts';
import { describeWith } from '../support/requirement.ts';
import { makeFolder, missingPython, missingTorch, runPython, train } from '../support/tiny-trainer.ts';

const genuine = new URL('../fixtures/f5-tts/full-update48.pt', import.meta.url).pathname;
const plan = ['--updates', '48', '--save-per-updates', '100', '--last-per-updates', '48'];

async function made(args: readonly string[] = []): Promise<string> {
  const folder = makeFolder();
  const { stderr, code } = await train(folder, [...plan, ...args]);
  if (code !== 0) throw new Error(stderr);
  return join(folder, 'model_last.pt');
}

async function directoryOf(path: string): Promise<Directory> {
  const reading = await readDirectory(memorySource(readFileSync(path)));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  return reading.directory;
}

function pickleOf(path: string): Uint8Array {
  const file = readFileSync(path);
  return file.subarray(64, file.indexOf(Buffer.from('504b0708', 'hex')));
}

/** Every path of keys through the dicts and lists of a value, with the kind of what lies there. */
function tree(value: PickleValue, path = ''): readonly string[] {
  const dict = asNode(value, 'dict');
  if (dict !== undefined)
    return [...dict.entries].flatMap(([key, item]) => tree(item, `${path}/${JSON.stringify(key)}`));
  const list = asNode(value, 'list');
  if (list !== undefined) return list.items.flatMap((item, index) => tree(item, `${path}/${index}`));
  return [`${path}: ${typeof value === 'object' && value !== null ? value.kind : typeof value}`];
}

/** What each entry is, but for the length of the pickle, which varies with torch's memo. */
function rosterOf({ entries }: Directory): unknown {
  return entries.map(({ name, size, flags, modified, versionNeeded }) => {
    return { name, size: name.endsWith('data.pkl') || size, flags, modified, versionNeeded };
  });
}

async function opcodesOf(path: string): Promise<string> {
  const script =
    'import pickletools, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); d = z.read(z.namelist()[0]); ' +
    "print(sorted({f'{o.name} {a}' if o.name == 'GLOBAL' else o.name for o, a, _ in pickletools.genops(d)}))";
  return (await runPython(['-c', script, path])).stdout;
}

describeWith(missingPython(), 'a file beside a genuine one of the same update', () => {
  test('has the same entries in the same order, with the same sizes but for the pickle', async () => {
    expect(rosterOf(await directoryOf(await made()))).toEqual(rosterOf(await directoryOf(genuine)));
  });

  test('has the same keys, with values of the same kinds', async () => {
    expect(tree(scanPickle(pickleOf(await made())).root)).toEqual(tree(scanPickle(pickleOf(genuine)).root));
  });

  test('has the same storages', async () => {
    expect(scanPickle(pickleOf(await made())).storages).toEqual(scanPickle(pickleOf(genuine)).storages);
  });

  test('uses the same opcodes and globals', async () => {
    expect(await opcodesOf(await made())).toBe(await opcodesOf(genuine));
  });

  test('aligns the data of each entry to 64 bytes, and tells no sizes in local headers', async () => {
    const path = await made();
    const file = readFileSync(path);
    for (const entry of (await directoryOf(path)).entries) {
      const extra = file.readUInt16LE(entry.offset + 28);
      expect((entry.offset + 30 + entry.nameLength + extra) % 64).toBe(0);
      expect(file.subarray(entry.offset + 14, entry.offset + 26).equals(Buffer.alloc(12))).toBe(true);
    }
  });
});

describeWith(missingPython(), 'its size', () => {
  test.each([1_000_000, 20_000_000, 64_000_000])('is about the %s bytes it is asked for', async (size) => {
    const { fileSize, entries } = await directoryOf(await made(['--size-bytes', String(size)]));
    expect(Math.abs(fileSize - size) / size).toBeLessThan(0.02);
    expect(entries.length).toBe(size >= 64_000_000 ? 1825 : 275);
  });
});

describeWith(missingPython(), 'which file is loaded', () => {
  const choose = 'import checkpoint, sys; print(checkpoint.choose(sys.argv[1]))';
  test.each([
    { files: [], want: 'None' },
    { files: ['notes.txt'], want: 'None' },
    { files: ['model_last.pt', 'model_900.pt'], want: 'model_last.pt' },
    { files: ['model_900.pt', 'model_1000.pt'], want: 'model_1000.pt' },
    { files: ['model_5000.pt', 'model_1250000.safetensors'], want: 'model_1250000.safetensors' },
    { files: ['model_50.pt', 'model_10_v2.pt'], want: 'model_10_v2.pt' },
    { files: ['model_5000 (1).pt', 'model_6000.pt'], want: 'model_5000 (1).pt' },
    { files: ['pretrained_base.pt', 'model_1.pt'], want: 'model_1.pt' },
    { files: ['pretrained_base.safetensors', 'other.pt'], want: 'pretrained_base.safetensors' },
  ])('$files: $want', async ({ files, want }) => {
    const folder = makeFolder();
    for (const name of files) writeFileSync(join(folder, name), '');
    expect((await runPython(['-c', choose, folder])).stdout.trimEnd()).toBe(want);
  });

  test.each([
    { files: ['model_best.pt'], dies: 'ValueError' },
    { files: ['foo.pt'], dies: 'StopIteration' },
  ])('$files kill the start with $dies', async ({ files, dies }) => {
    const folder = makeFolder();
    for (const name of files) writeFileSync(join(folder, name), '');
    expect(await train(folder, plan)).toMatchObject({ code: 1, stderr: expect.stringContaining(dies) });
  });

  test('a foreign step file kills the trainer when it rotates', async () => {
    const folder = makeFolder();
    await train(folder, plan);
    writeFileSync(join(folder, 'model_best.pt'), '');
    const ended = await train(folder, ['--updates', '60', '--save-per-updates', '5', '--keep-last-n', '2']);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("'best'") });
  });
});

describeWith(missingPython(), 'a warm start', () => {
  const save = `
import json, sys, zipfile
from torch_pickle import load_pickle
source, target = sys.argv[1:]
with zipfile.ZipFile(source) as z:
    ema = load_pickle(z.open("model_last/data.pkl"))["ema_model_state_dict"]
    data, header, types = b"", {}, {"FloatStorage": "F32", "LongStorage": "I64", "BoolStorage": "BOOL"}
    for name, t in ema.items():
        part = z.read(f"model_last/data/{t.key}")
        header[name] = {"dtype": types[t.storage], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
text = json.dumps(header).encode()
open(target, "wb").write(len(text).to_bytes(8, "little") + text + data)
`;

  test('from EMA weights starts at update 0, with the schedule before it', async () => {
    const folder = makeFolder();
    const target = join(folder, 'pretrained_base.safetensors');
    await runPython(['-c', save, await made(), target]);
    expect(await inspectCheckpoint(memorySource(readFileSync(target)))).toMatchObject({
      kind: 'emaOnly',
      complete: true,
    });
    const ended = await train(folder, ['--updates', '10']);
    expect(ended.stdout).toContain('Loaded pretrained_base.safetensors at update 0\n');
    const facts = await inspectCheckpoint(memorySource(readFileSync(join(folder, 'model_last.pt'))));
    expect(facts).toMatchObject({ update: 10, schedulerLastEpoch: 10 });
  });
});

describeWith(missingPython(), 'a tensor with one changed byte', () => {
  test.each([
    { name: 'where its state stands', at: 40 },
    { name: 'beyond its state', at: 5000 },
  ])('$name is not trained on, though every CRC holds', async ({ at }) => {
    const path = await made();
    const flip = (bytes: Buffer): number => bytes.writeUInt8(bytes.readUInt8(at) ^ 0x80, at);
    writeFileSync(path, await rewriteEntry(readFileSync(path), 'data/0', flip));
    const ended = await train(dirname(path), plan);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged') });
  });
});

describeWith(missingPython() ?? missingTorch(), 'torch itself', () => {
  test(
    'loads a file with weights_only, and its optimizer and schedulers take their states',
    { timeout: 120_000 },
    async () => {
      const script = `
import sys, torch
root = torch.load(sys.argv[1], weights_only=True)
model = root["model_state_dict"]
assert all(torch.isfinite(tensor).all() for tensor in model.values())
parameters = [torch.nn.Parameter(t) for name, t in model.items() if not name.endswith("inv_freq")]
optimizer = torch.optim.AdamW(parameters, lr=1e-3)
parts = [torch.optim.lr_scheduler.LinearLR(optimizer, 1e-8, 1.0, 4), torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1e-8, 44)]
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, parts, [4])
optimizer.load_state_dict(root["optimizer_state_dict"])
scheduler.load_state_dict(root["scheduler_state_dict"])
print(root["update"], int(root["ema_model_state_dict"]["step"]), scheduler.last_epoch, len(model))
`;
      const ended = await runPython(['-c', script, await made()]);
      expect(ended).toMatchObject({ code: 0, stdout: '48 48 48 54\n' });
    },
  );
});
