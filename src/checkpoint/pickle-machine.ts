// The stack, marks, memo and cursor of a pickle, each with a hard limit, so that no pickle can exhaust the process.

import { Rejection } from './problem.ts';
import type { PickleNode, PickleTuple, PickleValue } from './pickle-value.ts';
import { depthOf } from './pickle-value.ts';
import { viewOf } from './zip-entry.ts';

/** Limits; F5-TTS Base has 262 KB, 62,914 opcodes, 14 levels. */
export const pickleLimits = {
  bytes: 16 * 1024 * 1024,
  opcodes: 1_000_000,
  nodes: 200_000,
  memo: 200_000,
  stack: 100_000,
  marks: 100,
  depth: 100,
  globalName: 256,
} as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A rejection of a pickle that breaks its own rules. */
export function malformed(what: string): Rejection {
  return new Rejection('PickleMalformed', `data.pkl cannot be read: ${what}.`);
}

/** Refuses `count` beyond the named limit. */
function limit(name: keyof typeof pickleLimits, count: number): void {
  if (count > pickleLimits[name])
    throw new Rejection(
      'LimitExceeded',
      `data.pkl goes beyond the limit of ${pickleLimits[name]} for its ${name}.`,
    );
}

/** Reads the bytes of a pickle in order and keeps what its opcodes have built so far. */
export class PickleMachine {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #opcodes = 0;
  #nodes = 0;

  constructor(bytes: Uint8Array) {
    limit('bytes', bytes.length);
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  get atEnd(): boolean {
    return this.position === this.#bytes.length;
  }

  opcode(): number {
    this.#opcodes += 1;
    limit('opcodes', this.#opcodes);
    return this.uint8();
  }

  #advance(length: number): number {
    const at = this.position;
    if (length > this.#bytes.length - at) throw malformed(`it ends within an argument at byte ${at}`);
    this.position += length;
    return at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
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
    const bytes = this.take(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed(`the text at byte ${this.position - length} is not UTF-8`);
    }
  }

  /** Text up to a line feed, as GLOBAL writes its two names. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw malformed(`the name at byte ${this.position} does not end`);
    limit('globalName', end - this.position);
    const text = this.text(end - this.position);
    this.position += 1;
    return text;
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
    limit('stack', this.#stack.length);
  }

  /** Pushes a value made just now, and counts it. */
  pushNew(node: PickleNode): void {
    this.#nodes += 1;
    limit('nodes', this.#nodes);
    limit('depth', node.depth);
    this.push(node);
  }

  /** How deep `parts` make the value they stand in. */
  depthAbove(parts: readonly PickleValue[]): number {
    let depth = 0;
    for (const part of parts) depth = Math.max(depth, depthOf(part));
    limit('depth', depth + 1);
    return depth + 1;
  }

  tuple(items: readonly PickleValue[]): PickleTuple {
    return { kind: 'tuple', items, depth: this.depthAbove(items) };
  }

  pop(): PickleValue {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.pop() : undefined;
    if (value === undefined)
      throw malformed(`the opcode before byte ${this.position} takes more than there is`);
    return value;
  }

  /** The top of the stack, left where it is. */
  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
    limit('marks', this.#marks.length);
  }

  /** Takes off everything above the newest mark, and the mark. */
  popToMark(): readonly PickleValue[] {
    const at = this.#marks.pop();
    if (at === undefined) throw malformed(`the opcode before byte ${this.position} needs a mark`);
    return this.#stack.splice(at);
  }

  memoise(index: number): void {
    this.#memo.set(index, this.top());
    limit('memo', this.#memo.size);
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
