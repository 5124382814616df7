// Full checkpoints of a few kilobytes, for tests that need very many: everything the trainer resumes from, around one weight.
import { createHash } from 'node:crypto';
import { buildPickle, dictParts, tensorParts } from './pickles.ts';
import { type ArchiveEntry, buildArchive, checkpointEntries } from './torch-archive.ts';

const floats = 256;

/** Bytes that follow from the salt alone. */
function tensorBytes(salt: string): Buffer {
  const block = createHash('sha256').update(salt).digest();
  return Buffer.concat(Array.from({ length: (floats * 4) / block.length }, () => block));
}

/** A resumable checkpoint at this update; another salt makes other weights. */
export function smallCheckpoint(update: number, salt: string): Uint8Array {
  const weight = tensorParts({ key: '0', elements: floats, shape: [floats] });
  const schedule = ['LIST', 'DICT', "'total_iters", 100, 'SETITEM', 'APPEND'] as const;
  const pickle = buildPickle([
    'DICT',
    ...dictParts('model_state_dict', { weight }),
    ...dictParts('optimizer_state_dict', {}),
    ...dictParts('ema_model_state_dict', {
      initted: tensorParts({ key: '1', type: 'BoolStorage' }),
      step: tensorParts({ key: '2', type: 'LongStorage' }),
      'ema_model.weight': tensorParts({ key: '3', elements: floats, shape: [floats] }),
    }),
    ...dictParts('scheduler_state_dict', { last_epoch: [update], _schedulers: schedule }),
    "'update",
    update,
    'SETITEM',
  ]);
  const tensors = [tensorBytes(salt), Buffer.of(1), Buffer.alloc(8, update), tensorBytes(`ema of ${salt}`)];
  const entries = tensors.map((data, key): ArchiveEntry => ({ name: `model_last/data/${key}`, data }));
  return new Uint8Array(buildArchive([...checkpointEntries(pickle), ...entries]));
}
