// Reads the header of a .safetensors file: whether its sizes add up, and which weights it holds. Never its tensors.

import { Rejection } from './problem.ts';
import type { CheckpointKind } from './training-state.ts';
import { viewOf } from './zip-entry.ts';

/** Bytes a header may take; the F5-TTS Base export's takes 40 KB. */
const maxHeader = 16 * 1024 * 1024;

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

function parseHeader(header: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
    if (isRecord(value)) return value;
  } catch {
    // Said below, for every way in which it is no JSON object.
  }
  throw malformed('The header of the safetensors file is no JSON object.');
}

/** Where a tensor's bytes end, counted from the end of the header. */
function endOf(name: string, tensor: unknown): number {
  const offsets: unknown = isRecord(tensor) ? tensor['data_offsets'] : undefined;
  const [begin, end]: readonly unknown[] = Array.isArray(offsets) ? offsets : [];
  if (typeof begin !== 'number' || typeof end !== 'number' || !(begin >= 0 && begin <= end)) {
    throw malformed(
      `The tensor ${JSON.stringify(name.slice(0, 80))} of the safetensors file has no valid data_offsets.`,
    );
  }
  return end;
}

/**
 * The kind of weights in a safetensors file. An EMA export holds `initted` and `step`, without which the trainer cannot
 * load it. @throws Rejection when the header is malformed or the file is not as long as it says.
 */
export function readSafetensors(header: Uint8Array, fileSize: number): CheckpointKind {
  const tensors = Object.entries(parseHeader(header)).filter(([name]) => name !== '__metadata__');
  const end = tensors.reduce((last, [name, tensor]) => Math.max(last, endOf(name, tensor)), 0);
  const expected = 8 + header.length + end;
  if (expected !== fileSize)
    throw malformed(`The safetensors file should have ${expected} bytes and has ${fileSize}.`);
  const names = new Set(tensors.map(([name]) => name));
  return names.has('initted') && names.has('step') ? 'emaOnly' : 'weightsOnly';
}
