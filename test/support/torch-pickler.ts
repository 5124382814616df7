// Writes a state as torch.save pickles it: protocol 2, every string, tuple, dict and name memoised and referred to again.

/** What a state consists of. */
export type State =
  | string
  | number
  | boolean
  | null
  | readonly State[]
  | { readonly [key: string]: State }
  | Float
  | SavedTensor;

/** A number that Python has as a float. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A tensor with a storage of its own. */
export class SavedTensor {
  readonly type: string;
  readonly shape: readonly number[];
  constructor(shape: readonly number[], type = 'FloatStorage') {
    this.shape = shape;
    this.type = type;
  }
  get elements(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

class Pickler {
  readonly parts: Uint8Array[] = [Buffer.of(0x80, 2)];
  readonly storages: SavedTensor[] = [];
  readonly #memo = new Map<string, number>();
  #next = 0;

  op(...bytes: readonly number[]): void {
    this.parts.push(Buffer.of(...bytes));
  }

  put(): void {
    if (this.#next < 256) this.op(0x71, this.#next);
    else this.parts.push(Buffer.of(0x72), uint32(this.#next));
    this.#next += 1;
  }

  /** Writes `bytes` and memoises it, or refers to where it was. */
  shared(key: string, bytes: Uint8Array): void {
    const index = this.#memo.get(key);
    if (index === undefined) {
      this.#memo.set(key, this.#next);
      this.parts.push(bytes);
      this.put();
    } else if (index < 256) this.op(0x68, index);
    else this.parts.push(Buffer.of(0x6a), uint32(index));
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.shared(`text ${value}`, Buffer.concat([Buffer.of(0x58), uint32(bytes.length), bytes]));
  }

  global(module: string, name: string): void {
    this.shared(`global ${module} ${name}`, Buffer.from(`c${module}\n${name}\n`));
  }

  int(value: number): void {
    if (value >= 0 && value < 256) this.op(0x4b, value);
    else if (value >= 0 && value < 65_536) this.op(0x4d, value & 0xff, value >> 8);
    else this.parts.push(Buffer.of(0x4a), uint32(value));
  }

  float(value: number): void {
    const out = Buffer.alloc(9, 0x47);
    out.writeDoubleBE(value, 1);
    this.parts.push(out);
  }

  ints(values: readonly number[]): void {
    if (values.length > 3) this.op(0x28);
    for (const value of values) this.int(value);
    this.op([0x29, 0x85, 0x86, 0x87][values.length] ?? 0x74);
    if (values.length > 0) this.put();
  }

  orderedDict(): void {
    this.global('collections', 'OrderedDict');
    this.op(0x29, 0x52);
    this.put();
  }

  tensor(tensor: SavedTensor): void {
    this.global('torch._utils', '_rebuild_tensor_v2');
    this.op(0x28, 0x28);
    this.text('storage');
    this.global('torch', tensor.type);
    this.text(String(this.storages.length));
    this.text('cpu');
    this.int(tensor.elements);
    this.op(0x74);
    this.put();
    this.op(0x51, 0x4b, 0);
    this.ints(tensor.shape);
    this.ints(tensor.shape.map((_, index) => tensor.shape.slice(index + 1).reduce((a, b) => a * b, 1)));
    this.op(0x89);
    this.orderedDict();
    this.op(0x74);
    this.put();
    this.op(0x52);
    this.put();
    this.storages.push(tensor);
  }

  dict(value: Readonly<Record<string, State>>): void {
    this.op(0x7d);
    this.put();
    this.op(0x28);
    for (const [key, item] of Object.entries(value)) {
      if (/^\d+$/u.test(key)) this.int(Number(key));
      else this.text(key);
      this.value(item);
    }
    this.op(0x75);
  }

  list(value: readonly State[]): void {
    this.op(0x5d);
    this.put();
    this.op(0x28);
    for (const item of value) this.value(item);
    this.op(0x65);
  }

  value(value: State): void {
    if (value === null) this.op(0x4e);
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.int(value);
    else if (typeof value === 'boolean') this.op(value ? 0x88 : 0x89);
    else if (value instanceof Float) this.float(value.value);
    else if (value instanceof SavedTensor) this.tensor(value);
    else if (isList(value)) this.list(value);
    else this.dict(value);
  }
}

function isList(value: readonly State[] | Readonly<Record<string, State>>): value is readonly State[] {
  return Array.isArray(value);
}

/** The pickle of a state, and its tensors in the order of their storages' keys. */
export function pickleState(state: State): {
  readonly pickle: Buffer;
  readonly storages: readonly SavedTensor[];
} {
  const pickler = new Pickler();
  pickler.value(state);
  pickler.op(0x2e);
  return { pickle: Buffer.concat(pickler.parts), storages: pickler.storages };
}
