// The names in the directory that the trainer and the agent share. The trainer's own rules decide what is loadable there
// (trainer.py, load_checkpoint); whatever is ours lies below one private directory, under names it never looks at.
import type { CheckpointKind } from '../bucket/keys.ts';
import type { Update } from '../units.ts';

/** What the trainer loads before anything else. */
export const modelLast = 'model_last.pt';

/**
 * The weights of a warm start. The digits make it a name the trainer can sort (a model_ name without any kills it), the lowest
 * there is: whatever the trainer saves wins over it, and it wins over any pretrained_ file that a fine-tuning script copies in.
 */
export const warmStart = 'model_0.safetensors';

/** Ours, on the trainer's file system: downloads, snapshots and notes. */
export const privateDirectory = '.reprise';

/** A file the trainer saves into. `update` is what the name says, which the content must confirm. */
export type CheckpointFile =
  | { readonly kind: 'Last' }
  | { readonly kind: Exclude<CheckpointKind, 'Last'>; readonly update: Update };

/** The checkpoint file a name stands for; undefined for every name the trainer does not write itself. */
export function parseCheckpointFile(name: string): CheckpointFile | undefined {
  if (name === modelLast) return { kind: 'Last' };
  const digits = /^model_(0|[1-9][0-9]{0,14})\.pt$/.exec(name)?.[1];
  return digits === undefined ? undefined : { kind: 'Step', update: Number(digits) };
}

/** The name the trainer gives a file. */
export const formatCheckpointFile = (file: CheckpointFile): string =>
  file.kind === 'Last' ? modelLast : `model_${file.update}.pt`;

/** True when the trainer, finding this name at its start, would load the file or die of it. */
export const isLoadable = (name: string): boolean => name.endsWith('.pt') || name.endsWith('.safetensors');
