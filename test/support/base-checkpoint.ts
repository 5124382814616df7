// A full F5TTS_v1_Base checkpoint as its trainer writes it, with the model's true names and shapes: 1,825 entries, 5.4 GB,
// of which only what is not zero is held in memory.
import type { ArchiveEntry, Islands } from './torch-archive.ts';
import { layArchive } from './torch-archive.ts';
import type { State } from './torch-pickler.ts';
import { Float, SavedTensor, pickleState } from './torch-pickler.ts';
import { crcOfZeros } from './zeros.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A linear layer or convolution. */
const layer = (name: string, weight: readonly number[]): Shapes => ({
  [`${name}.weight`]: weight,
  [`${name}.bias`]: weight.slice(0, 1),
});

const textBlock = (index: number): Shapes => {
  const name = `text_embed.text_blocks.${index}`;
  return {
    ...layer(`${name}.dwconv`, [512, 1, 7]),
    ...layer(`${name}.norm`, [512]),
    ...layer(`${name}.pwconv1`, [1024, 512]),
    [`${name}.grn.gamma`]: [1, 1, 1024],
    [`${name}.grn.beta`]: [1, 1, 1024],
    ...layer(`${name}.pwconv2`, [512, 1024]),
  };
};

const block = (index: number): Shapes => {
  const name = `transformer_blocks.${index}`;
  return {
    ...layer(`${name}.attn_norm.linear`, [6144, 1024]),
    ...layer(`${name}.attn.to_q`, [1024, 1024]),
    ...layer(`${name}.attn.to_k`, [1024, 1024]),
    ...layer(`${name}.attn.to_v`, [1024, 1024]),
    ...layer(`${name}.attn.to_out.0`, [1024, 1024]),
    ...layer(`${name}.ff.ff.0.0`, [2048, 1024]),
    ...layer(`${name}.ff.ff.2`, [1024, 2048]),
  };
};

const numbered = (count: number, make: (index: number) => Shapes): Shapes =>
  Object.assign({}, ...Array.from({ length: count }, (_, index) => make(index)));

const shapes: Shapes = {
  ...layer('time_embed.time_mlp.0', [1024, 256]),
  ...layer('time_embed.time_mlp.2', [1024, 1024]),
  'text_embed.text_embed.weight': [2546, 512],
  ...numbered(4, textBlock),
  ...layer('input_embed.proj', [1024, 712]),
  ...layer('input_embed.conv_pos_embed.conv1d.0', [1024, 64, 31]),
  ...layer('input_embed.conv_pos_embed.conv1d.2', [1024, 64, 31]),
  'rotary_embed.inv_freq': [32],
  ...numbered(22, block),
  ...layer('norm_out.linear', [2048, 1024]),
  ...layer('proj_out', [100, 1024]),
};

const tensorsNamed = (prefix: string): Readonly<Record<string, State>> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [`${prefix}${name}`, new SavedTensor(shape)]),
  );

function optimizer(): State {
  const trained = Object.entries(shapes).filter(([name]) => !name.endsWith('inv_freq'));
  const slots = trained.map(([, shape], index) => {
    const [exp_avg, exp_avg_sq] = [new SavedTensor(shape), new SavedTensor(shape)];
    return [String(index), { step: new SavedTensor([]), exp_avg, exp_avg_sq }] as const;
  });
  const group = { lr: new Float(7.5e-5), eps: new Float(1e-8), params: trained.map((_, index) => index) };
  return { state: Object.fromEntries(slots), param_groups: [group] };
}

const schedule = (total_iters: number, last_epoch: number): State => ({
  start_factor: new Float(1e-8),
  end_factor: 1,
  total_iters,
  base_lrs: [new Float(7.5e-5)],
  last_epoch,
});

const bytesOf: Readonly<Record<string, number>> = { FloatStorage: 4, LongStorage: 8, BoolStorage: 1 };

const named = (name: string, text: string): ArchiveEntry => ({
  name: `model_last/${name}`,
  data: Buffer.from(text),
});

/** The checkpoint at an update, of a run on 8 processes with 1,200,000 updates planned. */
export function baseCheckpoint(update: number): Islands {
  const { pickle, storages } = pickleState({
    model_state_dict: tensorsNamed('transformer.'),
    optimizer_state_dict: optimizer(),
    ema_model_state_dict: {
      initted: new SavedTensor([], 'BoolStorage'),
      step: new SavedTensor([], 'LongStorage'),
      ...tensorsNamed('ema_model.transformer.'),
    },
    scheduler_state_dict: {
      _milestones: [160_000],
      last_epoch: update * 8,
      _schedulers: [schedule(160_000, 160_000), schedule(9_440_000, update * 8 - 160_000)],
    },
    update,
  });
  return layArchive([
    { name: 'model_last/data.pkl', data: pickle },
    named('.format_version', '1'),
    named('.storage_alignment', '64'),
    named('byteorder', 'little'),
    ...storages.map((tensor, index) => {
      const hole = tensor.elements * (bytesOf[tensor.type] ?? Number.NaN);
      return { name: `model_last/data/${index}`, data: Buffer.alloc(0), hole, crc32: crcOfZeros(hole) };
    }),
    named('version', '3\n'),
    named('.data/serialization_id', '0'.repeat(40)),
  ]);
}
