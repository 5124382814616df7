// Reads a torch.save pickle as data: an allow-list of opcodes over inert values. Never resolves a name, never calls.

import { Rejection, quote } from './problem.ts';
import { PickleMachine, malformed } from './pickle-machine.ts';
import type { PickleStorage, PickleValue } from './pickle-value.ts';
import { asNode } from './pickle-value.ts';

/** A pickle, read to its end. */
export interface Pickle {
  readonly root: PickleValue;
  /** The tensor storages it refers to, in its order. */
  readonly storages: readonly PickleStorage[];
}

type Opcode = (machine: PickleMachine, storages: PickleStorage[]) => void;

/** What torch.load(weights_only=True) takes besides torch's own names; the trainer loads with it. */
const plainGlobals: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'collections.Counter',
  '__builtin__.set',
  '__builtin__.bytearray',
  '__builtin__.complex',
  '_codecs.encode',
]);

function isLoadable(name: string): boolean {
  return plainGlobals.has(name) || /^torch(?:\.\w+)+$/u.test(name);
}

function pushGlobal(machine: PickleMachine): void {
  const name = `${machine.line()}.${machine.line()}`;
  if (!isLoadable(name))
    throw new Rejection(
      'ForeignGlobal',
      `data.pkl names ${quote(name)}, which torch.load(weights_only=True) refuses to load; it was not run.`,
    );
  machine.pushNew({ kind: 'global', name, depth: 0 });
}

/** An OrderedDict is the dict that SETITEMS then fills; any other call is kept as its parts. */
function reduce(machine: PickleMachine): void {
  const args = asNode(machine.pop(), 'tuple');
  const callee = machine.pop();
  if (args === undefined) throw malformed('a call has no tuple of arguments');
  if (asNode(callee, 'global')?.name === 'collections.OrderedDict')
    machine.pushNew({ kind: 'dict', entries: new Map(), depth: 1 });
  else machine.pushNew({ kind: 'call', callee, args, depth: machine.depthAbove([callee, args]) });
}

/** State given to an object (`_metadata` of a state dict): read, and left out. */
function build(machine: PickleMachine): void {
  machine.pop();
  machine.top();
}

/** `('storage', type, key, location, elements)`: the only thing torch keeps outside its pickles. */
function persist(machine: PickleMachine, storages: PickleStorage[]): void {
  const [word, callee, key, location, elements] = asNode(machine.pop(), 'tuple')?.items ?? [];
  const type = asNode(callee, 'global')?.name;
  if (word !== 'storage' || type === undefined || typeof key !== 'string' || typeof elements !== 'number')
    throw malformed('a reference outside it is no tensor storage');
  const device = typeof location === 'string' ? location : null;
  const storage: PickleStorage = { kind: 'storage', key, type, elements, device, depth: 1 };
  storages.push(storage);
  machine.pushNew(storage);
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = asNode(machine.top(), 'list');
  if (list === undefined) throw malformed('it appends to what is no list');
  list.depth = Math.max(list.depth, machine.depthAbove(items));
  for (const item of items) list.items.push(item);
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const dict = asNode(machine.top(), 'dict');
  if (dict === undefined || items.length % 2 !== 0)
    throw malformed('it sets items of what is no dict, or a key without a value');
  dict.depth = Math.max(dict.depth, machine.depthAbove(items));
  for (let index = 0; index < items.length; index += 2) {
    const [key, value] = [items[index], items[index + 1]];
    if (key !== undefined && value !== undefined) dict.entries.set(key, value);
  }
}

function tupleOf(count: number): Opcode {
  return (machine) => machine.pushNew(machine.tuple(machine.popMany(count)));
}

/** LONG1: a little-endian two's complement number of at most 255 bytes. */
function pushLong(machine: PickleMachine): void {
  const bytes = Buffer.from(machine.take(machine.uint8()).toReversed());
  const value = BigInt.asIntN(bytes.length * 8, BigInt(`0x0${bytes.toString('hex')}`));
  machine.push(Number.isSafeInteger(Number(value)) ? Number(value) : value);
}

function refused(opcode: number, at: number): Rejection {
  return new Rejection(
    'PickleRefused',
    `data.pkl uses the opcode 0x${opcode.toString(16)} at byte ${at}, which torch.save does not write there.`,
  );
}

/** PROTO stands first, and nowhere else. */
function checkProtocol(machine: PickleMachine): void {
  const opcode = machine.opcode();
  if (opcode !== 0x80) throw refused(opcode, 0);
  const protocol = machine.uint8();
  if (protocol === 2) return;
  throw new Rejection('PickleRefused', `data.pkl declares pickle protocol ${protocol}; torch.save writes 2.`);
}

/** Every opcode that torch.save was seen to write, in all eras of F5-TTS, and LONG1. */
const known: readonly (readonly [number, Opcode])[] = [
  [0x7d, (m) => m.pushNew({ kind: 'dict', entries: new Map(), depth: 1 })], // EMPTY_DICT
  [0x5d, (m) => m.pushNew({ kind: 'list', items: [], depth: 1 })], // EMPTY_LIST
  [0x29, tupleOf(0)], // EMPTY_TUPLE
  [0x85, tupleOf(1)], // TUPLE1
  [0x86, tupleOf(2)], // TUPLE2
  [0x87, tupleOf(3)], // TUPLE3
  [0x74, (m) => m.pushNew(m.tuple(m.popToMark()))], // TUPLE
  [0x28, (m) => m.mark()], // MARK
  [0x58, (m) => m.push(m.text(m.uint32()))], // BINUNICODE
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.uint8())], // BININT1
  [0x4d, (m) => m.push(m.uint16())], // BININT2
  [0x47, (m) => m.push(m.float64())], // BINFLOAT
  [0x8a, pushLong], // LONG1
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x71, (m) => m.memoise(m.uint8())], // BINPUT
  [0x72, (m) => m.memoise(m.uint32())], // LONG_BINPUT
  [0x68, (m) => m.recall(m.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET
  [0x73, (m) => setItems(m, m.popMany(2))], // SETITEM
  [0x75, (m) => setItems(m, m.popToMark())], // SETITEMS
  [0x61, (m) => append(m, m.popMany(1))], // APPEND
  [0x65, (m) => append(m, m.popToMark())], // APPENDS
  [0x63, pushGlobal], // GLOBAL
  [0x52, reduce], // REDUCE
  [0x62, build], // BUILD
  [0x51, persist], // BINPERSID
];

/** The same by opcode. */
const opcodes: readonly (Opcode | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) => known.find(([one]) => one === opcode)?.[1],
);

const stop = 0x2e;

/**
 * Reads a pickle without running any of it. Time and memory are bounded by `pickleLimits`.
 * @throws Rejection when it is malformed, beyond a limit, or uses anything torch.save does not write.
 */
export function scanPickle(bytes: Uint8Array): Pickle {
  const machine = new PickleMachine(bytes);
  const storages: PickleStorage[] = [];
  checkProtocol(machine);
  for (let opcode = machine.opcode(); opcode !== stop; opcode = machine.opcode()) {
    const run = opcodes[opcode];
    if (run === undefined) throw refused(opcode, machine.position - 1);
    run(machine, storages);
  }
  if (!machine.atEnd) throw malformed('bytes follow its end');
  return { root: machine.result(), storages };
}
