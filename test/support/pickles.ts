// Builds pickles opcode by opcode: as torch.save writes them, or hostile.

const ops: Readonly<Record<string, number>> = {
  PROTO: 0x80,
  MARK: 0x28,
  STOP: 0x2e,
  DICT: 0x7d,
  LIST: 0x5d,
  TUPLE0: 0x29,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE: 0x74,
  SETITEM: 0x73,
  SETITEMS: 0x75,
  APPEND: 0x61,
  NONE: 0x4e,
  TRUE: 0x88,
  REDUCE: 0x52,
  BUILD: 0x62,
  PERSID: 0x51,
};

function int32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeInt32LE(value);
  return out;
}

/** One piece of a pickle: a word names an opcode, `'text` is a string, a number an int, bytes stand for themselves. */
export type PicklePart = string | number | Uint8Array;

function encode(part: PicklePart): Uint8Array {
  if (typeof part === 'number') return Buffer.concat([Buffer.of(0x4a), int32(part)]);
  if (typeof part !== 'string') return part;
  if (!part.startsWith("'")) return Buffer.of(ops[part] ?? Number.NaN);
  const text = Buffer.from(part.slice(1));
  return Buffer.concat([Buffer.of(0x58), int32(text.length), text]);
}

/** A GLOBAL opcode. */
export function globalOpcode(module: string, name: string): Uint8Array {
  return Buffer.from(`c${module}\n${name}\n`);
}

/** A pickle of protocol 2 with these opcodes between PROTO and STOP. */
export function buildPickle(parts: readonly PicklePart[]): Buffer {
  return Buffer.concat([Buffer.of(0x80, 2), ...parts.map(encode), Buffer.of(0x2e)]);
}

/** A tensor to describe in a pickle; one element at offset 0 of the storage `0`, unless told. */
export interface PickledTensor {
  readonly key?: string;
  readonly type?: string;
  readonly elements?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
  readonly rebuild?: string;
  /** Arguments after torch's six. */
  readonly more?: readonly PicklePart[];
}

/** The opcodes that rebuild a tensor, as torch writes them. */
export function tensorParts(tensor: PickledTensor): readonly PicklePart[] {
  const { key = '0', type = 'FloatStorage', elements = 1, offset = 0, shape = [] } = tensor;
  const { strides = rowByRow(shape), rebuild = '_rebuild_tensor_v2', more = [] } = tensor;
  const storage = ["'storage", globalOpcode('torch', type), `'${key}`, "'cpu", elements];
  const layout = [offset, 'MARK', ...shape, 'TUPLE', 'MARK', ...strides, 'TUPLE', 'NONE', 'DICT'];
  const args = ['MARK', 'MARK', ...storage, 'TUPLE', 'PERSID', ...layout, ...more, 'TUPLE'];
  return [globalOpcode('torch._utils', rebuild), ...args, 'REDUCE'];
}

function rowByRow(shape: readonly number[]): readonly number[] {
  return shape.map((_, index) => shape.slice(index + 1).reduce((product, length) => product * length, 1));
}

/** Sets a dict of these items at `key` of the dict on top. */
export function dictParts(
  key: string,
  items: Readonly<Record<string, readonly PicklePart[]>>,
): readonly PicklePart[] {
  const entries = Object.entries(items).flatMap(([name, parts]) => [`'${name}`, ...parts, 'SETITEM']);
  return [`'${key}`, 'DICT', ...entries, 'SETITEM'];
}
