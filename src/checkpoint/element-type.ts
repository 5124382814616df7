// The element types a tensor can have: torch's names for them, safetensors' names, and their sizes. A table, no decisions.

/** One type of element. */
export interface ElementType {
  /** As a .safetensors header writes it; torch's own name where that format has none. */
  readonly name: string;
  /** Bytes per element. */
  readonly bytes: number;
}

/** Rows: torch's storage class, torch's dtype, safetensors' name, bytes. Newer dtypes have no storage class. */
const table: readonly (readonly [storage: string | null, dtype: string, name: string, bytes: number])[] = [
  ['FloatStorage', 'float32', 'F32', 4],
  ['DoubleStorage', 'float64', 'F64', 8],
  ['HalfStorage', 'float16', 'F16', 2],
  ['BFloat16Storage', 'bfloat16', 'BF16', 2],
  ['LongStorage', 'int64', 'I64', 8],
  ['IntStorage', 'int32', 'I32', 4],
  ['ShortStorage', 'int16', 'I16', 2],
  ['CharStorage', 'int8', 'I8', 1],
  ['ByteStorage', 'uint8', 'U8', 1],
  ['BoolStorage', 'bool', 'BOOL', 1],
  ['ComplexFloatStorage', 'complex64', 'C64', 8],
  [null, 'uint16', 'U16', 2],
  [null, 'uint32', 'U32', 4],
  [null, 'uint64', 'U64', 8],
  [null, 'float8_e4m3fn', 'F8_E4M3', 1],
  [null, 'float8_e5m2', 'F8_E5M2', 1],
  [null, 'float8_e8m0fnu', 'F8_E8M0', 1],
];

/** Element types that torch can save and safetensors cannot hold. */
const withoutSafetensors: readonly (readonly [string, ElementType])[] = [
  ['torch.ComplexDoubleStorage', { name: 'complex128', bytes: 16 }],
  ['torch.storage.UntypedStorage', { name: 'bytes', bytes: 1 }],
];

const byStorage: ReadonlyMap<string, ElementType> = new Map([
  ...table.flatMap(([storage, , name, bytes]) =>
    storage === null ? [] : [[`torch.${storage}`, { name, bytes }] as const],
  ),
  ...withoutSafetensors,
]);
const byDtype: ReadonlyMap<string, ElementType> = new Map(
  table.map(([, dtype, name, bytes]) => [`torch.${dtype}`, { name, bytes }]),
);
const bySafetensors: ReadonlyMap<string, ElementType> = new Map(
  table.map(([, , name, bytes]) => [name, { name, bytes }]),
);

/** The elements of a storage class such as `torch.FloatStorage`; undefined for one that is not known. */
export function elementOfStorage(storageClass: string): ElementType | undefined {
  return byStorage.get(storageClass);
}

/** The element type of a torch dtype such as `torch.float8_e4m3fn`. */
export function elementOfDtype(dtype: string): ElementType | undefined {
  return byDtype.get(dtype);
}

/** The element type a .safetensors header names, such as `F32`; undefined where that format has no such type. */
export function elementOfSafetensors(name: string): ElementType | undefined {
  return bySafetensors.get(name);
}
