// The stack, marks, memo and cursor of a pickle, each with a hard limit, so that no pickle can exhaust the process.

import { Rejection } from './problem.ts';
import type { PickleNode, PickleTuple, PickleValue } from './pickle-value.ts';
import { bufferOf, utf8Text } from './utf8-text.ts';
import { viewOf } from './zip-entry.ts';

/** Limits; F5-TTS Base has 262 KB, 62,914 opcodes, 14 levels. They bound memory to some 64 MiB. */
export const pickleLimits = {
  bytes: 4 * 1024 * 1024,
  opcodes: 500_000,
  nodes: 100_000,
  memo: 100_000,
  stack: 50_000,
  marks: 100,
  depth: 100,
  globalName: 256,
} as const;

/** A rejection of a pickle that breaks its own rules. */
export function malformed(what: string): Rejection {
  return new Rejection('PickleMalformed', `data.pkl cannot be read: ${what}.`);
}

function beyond(name: keyof typeof pickleLimits): Rejection {
  return new Rejection(
    'LimitExceeded',
    `data.pkl goes beyond the limit of ${pickleLimits[name]} for its ${name}.`,
  );
}

/**
 * Reads the bytes of a pickle in order and keeps what its opcodes have built so far. A checkpoint takes tens of thousands of
 * steps here, most of them before any of it is compiled: hence few calls in each, and no lookup of a limit by name.
 */
export class PickleMachine {
  position = 0;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  /** Below this height of the stack, values belong to what stands before the newest mark. */
  #floor = 0;
  #opcodes = 0;
  #nodes = 0;

  constructor(bytes: Uint8Array) {
    if (bytes.length > pickleLimits.bytes) throw beyond('bytes');
    this.#bytes = bufferOf(bytes);
    this.#view = viewOf(bytes);
  }

  get atEnd(): boolean {
    return this.position === this.#bytes.length;
  }

  opcode(): number {
    this.#opcodes += 1;
    if (this.#opcodes > pickleLimits.opcodes) throw beyond('opcodes');
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw malformed(`it ends at byte ${this.position} without a STOP`);
    this.position += 1;
    return byte;
  }

  /** Passes over an argument and returns where it began. */
  #advance(length: number): number {
    const at = this.position;
    if (length > this.#bytes.length - at) throw malformed(`it ends within an argument at byte ${at}`);
    this.position = at + length;
    return at;
  }

  uint8(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw malformed(`it ends within an argument at byte ${this.position}`);
    this.position += 1;
    return byte;
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A big-endian double. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(length: number): string {
    const at = this.#advance(length);
    const text = utf8Text(this.#bytes, at, at + length);
    if (text === undefined) throw malformed(`the text at byte ${at} is not UTF-8`);
    return text;
  }

  /** Text up to a line feed, as GLOBAL writes its two names. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw malformed(`the name at byte ${this.position} does not end`);
    if (end - this.position > pickleLimits.globalName) throw beyond('globalName');
    const text = this.text(end - this.position);
    this.position += 1;
    return text;
  }

  push(value: PickleValue): void {
    if (this.#stack.push(value) > pickleLimits.stack) throw beyond('stack');
  }

  /** Pushes a value made just now, and counts it. */
  pushNew(node: PickleNode): void {
    this.#nodes += 1;
    if (this.#nodes > pickleLimits.nodes) throw beyond('nodes');
    if (node.depth > pickleLimits.depth) throw beyond('depth');
    this.push(node);
  }

  /** How deep `parts` make the value they stand in. */
  depthAbove(parts: readonly PickleValue[]): number {
    let depth = 0;
    for (const part of parts) {
      if (typeof part === 'object' && part !== null && part.depth > depth) depth = part.depth;
    }
    if (depth >= pickleLimits.depth) throw beyond('depth');
    return depth + 1;
  }

  tuple(items: readonly PickleValue[]): PickleTuple {
    return { kind: 'tuple', items, depth: this.depthAbove(items) };
  }

  #lacking(): Rejection {
    return malformed(`the opcode before byte ${this.position} takes more than there is`);
  }

  pop(): PickleValue {
    const value = this.#stack.length > this.#floor ? this.#stack.pop() : undefined;
    if (value === undefined) throw this.#lacking();
    return value;
  }

  /** The last `count` values, in the order they were pushed. */
  popMany(count: number): readonly PickleValue[] {
    const from = this.#stack.length - count;
    if (from < this.#floor) throw this.#lacking();
    return this.#stack.splice(from);
  }

  /** The top of the stack, left where it is. */
  top(): PickleValue {
    const value = this.#stack.length > this.#floor ? this.#stack[this.#stack.length - 1] : undefined;
    if (value === undefined) throw this.#lacking();
    return value;
  }

  mark(): void {
    this.#floor = this.#stack.length;
    if (this.#marks.push(this.#floor) > pickleLimits.marks) throw beyond('marks');
  }

  /** Takes off everything above the newest mark, and the mark. */
  popToMark(): readonly PickleValue[] {
    const at = this.#marks.pop();
    if (at === undefined) throw malformed(`the opcode before byte ${this.position} needs a mark`);
    this.#floor = this.#marks.at(-1) ?? 0;
    return this.#stack.splice(at);
  }

  memoise(index: number): void {
    const value = this.#stack.length > this.#floor ? this.#stack[this.#stack.length - 1] : undefined;
    if (value === undefined) throw this.#lacking();
    this.#memo.set(index, value);
    if (this.#memo.size > pickleLimits.memo) throw beyond('memo');
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw malformed(`it refers to the unknown memo ${index}`);
    this.push(value);
  }

  /** The single value left at STOP. */
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw malformed('it stops before it is finished');
    return value;
  }
}
