// The header of a .safetensors file, read and written: names, types, shapes and places of its tensors. Never their values.

import { elementOfSafetensors } from './element-type.ts';
import { Rejection, quote } from './problem.ts';
import type { Tensor } from './tensor.ts';
import { emaBookkeeping, tensorLength } from './tensor.ts';
import { viewOf } from './zip-entry.ts';

/** Bytes a header may take; the F5-TTS Base export's takes 45 KB. */
const maxHeader = 2 * 1024 * 1024;
/** The format asks for 8-byte steps, so that every element is aligned where the file is mapped. */
const alignment = 8;

const malformed = (message: string): Rejection => new Rejection('SafetensorsMalformed', message);

/** The header's length, which the first 8 bytes tell; undefined when this cannot be a safetensors file. */
export function safetensorsHeaderLength(head: Uint8Array, fileSize: number): number | undefined {
  if (head.length < 9 || head[8] !== 0x7b) return undefined;
  const length = viewOf(head).getBigUint64(0, true);
  return length <= BigInt(Math.min(maxHeader, fileSize - 8)) ? Number(length) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(header: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
    if (isRecord(value)) return value;
  } catch {
    // Said below, for every way in which it is no JSON object.
  }
  throw malformed('The header of the safetensors file is no JSON object.');
}

function countsOf(value: unknown): readonly number[] | undefined {
  const items: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  const counts = items?.filter((item) => Number.isSafeInteger(item) && Number(item) >= 0).map(Number);
  return counts?.length === items?.length ? counts : undefined;
}

interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseRecord(record: unknown): Described | undefined {
  const { dtype, shape: lengths, data_offsets: places } = isRecord(record) ? record : {};
  const [shape, offsets] = [countsOf(lengths), countsOf(places)];
  const [begin = 0, end = -1] = offsets?.length === 2 ? offsets : [];
  return typeof dtype === 'string' && shape !== undefined && begin <= end
    ? { dtype, shape, begin, end }
    : undefined;
}

/** One record of the header; `base` is where the tensors' bytes begin in the file. */
function parseTensor(name: string, record: unknown, base: number): Tensor {
  const subject = `The tensor ${quote(name)} of the safetensors file`;
  const described = parseRecord(record);
  if (described === undefined) throw malformed(`${subject} has no valid dtype, shape and data_offsets.`);
  const { dtype, shape, begin, end } = described;
  const element = elementOfSafetensors(dtype);
  if (element !== undefined && tensorLength(element, shape) !== end - begin)
    throw malformed(`${subject} has ${end - begin} bytes, which is not what its shape takes.`);
  const place = { entry: null, offset: base + begin, length: end - begin };
  return { group: null, name, dtype, shape, isVerbatim: true, device: null, place };
}

/** The tensors fill the file from the header to its end, without a gap or an overlap: the format's own rule. */
function checkPlaces(tensors: readonly Tensor[], header: number, fileSize: number): void {
  let at = header;
  for (const { name, place } of tensors) {
    if (place.offset !== at)
      throw malformed(`Before the tensor ${quote(name)} of the safetensors file lies a gap or an overlap.`);
    at += place.length ?? 0;
  }
  if (at !== fileSize) throw malformed(`The safetensors file should have ${at} bytes and has ${fileSize}.`);
}

/**
 * The tensors of a safetensors file, by place. `header` is its JSON, `fileSize` the size of the whole file.
 * @throws Rejection when the header is malformed or the file is not as long as it says.
 */
export function parseSafetensors(header: Uint8Array, fileSize: number): readonly Tensor[] {
  const base = 8 + header.length;
  const records = Object.entries(parseJson(header)).filter(([name]) => name !== '__metadata__');
  const tensors = records
    .map(([name, record]) => parseTensor(name, record, base))
    // A tensor of no bytes lies before the one that begins at the same place.
    .toSorted((a, b) => a.place.offset - b.place.offset || (a.place.length ?? 0) - (b.place.length ?? 0));
  checkPlaces(tensors, base, fileSize);
  return tensors;
}

/** Whether these are an EMA's weights: without `initted` and `step` the trainer cannot load them. */
export function isEma(tensors: readonly Tensor[]): boolean {
  const names = new Set(tensors.map(({ name }) => name));
  return [...emaBookkeeping].every((name) => names.has(name));
}

/** A tensor to write: its bytes follow those of the one before it. */
export interface Written {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly length: number;
}

/** The first bytes of a safetensors file with these tensors in this order: length, JSON, and spaces up to 8 bytes. */
export function formatSafetensors(tensors: readonly Written[]): Uint8Array {
  let end = 0;
  const records = tensors.map(({ name, dtype, shape, length }) => {
    const begin = end;
    end += length;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(records)));
  const header = new Uint8Array(8 + Math.ceil(json.length / alignment) * alignment).fill(0x20);
  viewOf(header).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return header;
}
