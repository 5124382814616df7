// Reads the tensors that a scanned pickle describes: torch's rebuilding calls, which are never made. Judges whether each
// lies within its storage; never looks at a storage's bytes.

import type { ElementType } from './element-type.ts';
import { elementOfDtype, elementOfStorage } from './element-type.ts';
import type { PickleCall, PickleStorage, PickleTuple, PickleValue } from './pickle-value.ts';
import { asNode, entryOf } from './pickle-value.ts';
import type { Problem } from './problem.ts';
import { Rejection, problemOf, quote } from './problem.ts';
import type { Tensor } from './tensor.ts';
import { isRowByRow, tensorLength } from './tensor.ts';

/** Tensors a checkpoint may name; F5-TTS Base names 1,821. */
const maxTensors = 50_000;

const rebuilding: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
]);

interface Described {
  readonly group: string;
  readonly name: string;
  readonly prefix: string;
}

const malformed = ({ name }: Described, what: string): Rejection =>
  new Rejection('TensorMalformed', `The tensor ${quote(name)} ${what}.`);

function asCount(value: PickleValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function countsOf(value: PickleValue | undefined): readonly number[] | undefined {
  const counts: number[] = [];
  for (const item of asNode(value, 'tuple')?.items ?? [undefined]) {
    const count = asCount(item);
    if (count === undefined) return undefined;
    counts.push(count);
  }
  return counts;
}

/** `_rebuild_tensor_v3` names its dtype as its seventh argument; the others take their storage's. */
function elementOf(callee: string, args: PickleTuple, storageClass: string): ElementType | undefined {
  if (!callee.endsWith('_v3')) return elementOfStorage(storageClass);
  return elementOfDtype(asNode(args.items[6], 'global')?.name ?? '');
}

/** Where a tensor's elements lie in its storage, in elements. */
interface Layout {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** The element after the tensor's last one, counted in its storage. */
function reachOf({ shape, strides, offset }: Layout): number {
  if (shape.includes(0)) return offset;
  let end = offset + 1;
  for (const [index, length] of shape.entries()) end += (length - 1) * (strides[index] ?? 0);
  return end;
}

/** @throws Rejection when the arguments of the rebuilding call make no layout. */
function layoutOf(args: PickleTuple, described: Described): Layout {
  const [offset, shape, strides] = [asCount(args.items[1]), countsOf(args.items[2]), countsOf(args.items[3])];
  if (offset === undefined || shape === undefined || strides?.length !== shape.length)
    throw malformed(described, 'has no valid offset, shape and strides');
  return { offset, shape, strides };
}

/** torch puts off negating and conjugating, and notes it in a last argument: the bytes then are not the values. */
function isPutOff(callee: string, { items }: PickleTuple): boolean {
  const notes = items[callee.endsWith('_v3') ? 7 : 6];
  return notes !== undefined && asNode(notes, 'dict')?.entries.size !== 0;
}

/** The bytes of a tensor's elements. @throws Rejection when its storage does not hold them. */
function lengthWithin(
  storage: PickleStorage,
  layout: Layout,
  element: Pick<ElementType, 'bytes'>,
): number | undefined {
  const length = tensorLength(element, layout.shape);
  const held = (elementOfStorage(storage.type)?.bytes ?? Infinity) * storage.elements;
  return length !== undefined && reachOf(layout) * element.bytes <= held ? length : undefined;
}

function readTensor(call: PickleCall, callee: string, described: Described): Tensor {
  const storage = asNode(call.args.items[0], 'storage');
  if (storage === undefined) throw malformed(described, 'has no storage');
  const layout = layoutOf(call.args, described);
  const element = elementOf(callee, call.args, storage.type);
  const bytes = element?.bytes ?? 0;
  const length = lengthWithin(storage, layout, { bytes });
  if (length === undefined)
    throw malformed(described, `reaches beyond its storage of ${storage.elements} elements`);
  const entry = `${described.prefix}/data/${storage.key}`;
  return {
    group: described.group,
    name: described.name,
    dtype: element?.name ?? storage.type,
    shape: layout.shape,
    isVerbatim: isRowByRow(layout.shape, layout.strides) && !isPutOff(callee, call.args),
    device: storage.device,
    place: { entry, offset: layout.offset * bytes, length: element === undefined ? null : length },
  };
}

/** The tensor a value stands for; undefined when it stands for none. @throws Rejection when its description is wrong. */
function tensorOf(value: PickleValue, described: Described): Tensor | undefined {
  const call = asNode(value, 'call');
  const callee = asNode(call?.callee, 'global')?.name;
  if (call === undefined || callee === undefined) return undefined;
  if (callee === 'torch._utils._rebuild_parameter') {
    const inner = asNode(call.args.items[0], 'call');
    return inner === undefined ? undefined : tensorOf(inner, described);
  }
  return rebuilding.has(callee) ? readTensor(call, callee, described) : undefined;
}

/** The tensors of a checkpoint in the order it lists them, and the first thing that is wrong with one. */
export interface TensorListing {
  readonly tensors: readonly Tensor[];
  readonly problems: readonly Problem[];
}

/** Gathers tensors; a dict may stand in many places, so that what is walked is bounded whatever the pickle's own size. */
class Gathering {
  readonly tensors: Tensor[] = [];
  readonly #prefix: string;
  #seen = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Takes the tensors among the values of a dict; `path` stands before their names. */
  take(group: string, path: string, value: PickleValue | undefined): void {
    for (const [key, item] of asNode(value, 'dict')?.entries ?? []) {
      this.#seen += 1;
      if (this.#seen > maxTensors)
        throw new Rejection(
          'LimitExceeded',
          `data.pkl names more than ${maxTensors} tensors; that many are read.`,
        );
      if (typeof key !== 'string') continue;
      const tensor = tensorOf(item, { group, name: path + key, prefix: this.#prefix });
      if (tensor !== undefined) this.tensors.push(tensor);
    }
  }
}

function collect(root: PickleValue, gathering: Gathering): void {
  gathering.take('model_state_dict', '', entryOf(root, 'model_state_dict'));
  // The optimizer keeps its tensors by parameter: `state` → number → name.
  const slots = asNode(entryOf(entryOf(root, 'optimizer_state_dict'), 'state'), 'dict')?.entries ?? [];
  for (const [index, slot] of slots)
    if (typeof index === 'number') gathering.take('optimizer_state_dict', `state.${index}.`, slot);
  gathering.take('ema_model_state_dict', '', entryOf(root, 'ema_model_state_dict'));
}

/** Lists the tensors that a checkpoint's root dict describes. `prefix` is the archive's. Stops at the first wrong one. */
export function listTensors(root: PickleValue, prefix: string): TensorListing {
  const gathering = new Gathering(prefix);
  const { tensors } = gathering;
  try {
    collect(root, gathering);
    return { tensors, problems: [] };
  } catch (cause) {
    return { tensors, problems: [problemOf(cause)] };
  }
}
