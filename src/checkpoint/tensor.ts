// A tensor as a checkpoint describes it, whichever format it came from, and what the tensors together tell of the model.
// Never a tensor's values.

import type { ElementType } from './element-type.ts';

/** One tensor: its place and shape, without its values. */
export interface Tensor {
  /** The dict it stands in, such as `model_state_dict`; null in a .safetensors file, which has one only. */
  readonly group: string | null;
  readonly name: string;
  /** As .safetensors names it: F32, F16, BF16, I64, BOOL …; torch's own name where that format has none. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Whether its bytes are its elements: row by row without gaps, and nothing left to negate or conjugate. */
  readonly isVerbatim: boolean;
  /** Where it was when it was saved: `cpu`, `cuda:0`; null in a .safetensors file. */
  readonly device: string | null;
  readonly place: TensorPlace;
}

/** Where the bytes of a tensor lie. */
export interface TensorPlace {
  /** The archive entry with its bytes; null where they lie in the file itself. */
  readonly entry: string | null;
  /** Bytes from the beginning of that entry's data, or of the file, to its first element. */
  readonly offset: number;
  /** Bytes of all its elements; null where the size of one is not known. */
  readonly length: number | null;
}

/** What the weights tell of the model; null where they do not. */
export interface ModelFacts {
  /** Rows of the text embedding: lines of vocab.txt plus one. */
  readonly vocabRows: number | null;
  /** Elements of all weights but the `*.inv_freq` buffers. */
  readonly parameters: number | null;
}

/** The number of elements of a shape; undefined when it is beyond what a file can hold. */
function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const length of shape) count *= length;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Whether strides are those of a row-by-row layout; a dimension of one element may have any. */
export function isRowByRow(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let index = shape.length - 1; index >= 0; index -= 1) {
    const length = shape[index] ?? 0;
    if (length !== 1 && strides[index] !== expected) return false;
    expected *= length;
  }
  return true;
}

/** The EMA's own bookkeeping, which stands among its weights. */
export const emaBookkeeping: ReadonlySet<string> = new Set(['initted', 'step']);

const groups = ['model_state_dict', 'ema_model_state_dict', null];

/** Reads vocabulary and size of the model from one copy of its weights: the trained one, else the EMA's. */
export function modelFactsOf(tensors: readonly Tensor[]): ModelFacts {
  const group = groups.find((candidate) => tensors.some((tensor) => tensor.group === candidate));
  const weights = tensors.filter((tensor) => tensor.group === group && !emaBookkeeping.has(tensor.name));
  if (weights.length === 0) return { vocabRows: null, parameters: null };
  const embedding = weights.find(({ name }) => name.endsWith('text_embed.text_embed.weight'));
  const counted = weights.filter(({ name }) => !name.endsWith('.inv_freq'));
  const parameters = counted.reduce((sum, { shape }) => sum + (elementCount(shape) ?? Number.NaN), 0);
  return {
    vocabRows: embedding?.shape[0] ?? null,
    parameters: Number.isSafeInteger(parameters) ? parameters : null,
  };
}

/** Bytes of a tensor; undefined when they are beyond what a file can hold. */
export function tensorLength(
  element: Pick<ElementType, 'bytes'>,
  shape: readonly number[],
): number | undefined {
  const count = elementCount(shape);
  const length = count === undefined ? undefined : count * element.bytes;
  return length !== undefined && Number.isSafeInteger(length) ? length : undefined;
}
