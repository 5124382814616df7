// Pickles are read as data: what torch writes is understood, everything else is refused, whatever it asks for.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pickleLimits } from '../../src/checkpoint/pickle-machine.ts';
import { scanPickle } from '../../src/checkpoint/pickle-scan.ts';
import { asNode, entryOf } from '../../src/checkpoint/pickle-value.ts';
import type { ProblemCode } from '../../src/checkpoint/problem.ts';
import { problemOf } from '../../src/checkpoint/problem.ts';
import { buildPickle, globalOpcode } from '../support/pickles.ts';
import type { PicklePart } from '../support/pickles.ts';

function refusal(bytes: Uint8Array): ProblemCode | 'none' {
  try {
    scanPickle(bytes);
    return 'none';
  } catch (cause) {
    return problemOf(cause).code;
  }
}

const times = (count: number, ...parts: readonly PicklePart[]): readonly PicklePart[] =>
  Array.from({ length: count }, () => parts).flat();
const get0 = Buffer.of(0x68, 0);
const put0 = Buffer.of(0x71, 0);
const putLong = (index: number): Uint8Array => Buffer.of(0x72, index, index >> 8, index >> 16, 0);

describe('a hostile pickle', () => {
  const cases: readonly {
    readonly name: string;
    readonly parts: readonly PicklePart[];
    readonly want: ProblemCode;
  }[] = [
    {
      name: 'calls os.system',
      parts: [globalOpcode('os', 'system'), "'touch /tmp/owned", 'TUPLE1', 'REDUCE'],
      want: 'ForeignGlobal',
    },
    {
      name: 'calls os.system by its other name',
      parts: [globalOpcode('posix', 'system')],
      want: 'ForeignGlobal',
    },
    {
      name: 'calls eval',
      parts: [globalOpcode('__builtin__', 'eval'), "'1", 'TUPLE1', 'REDUCE'],
      want: 'ForeignGlobal',
    },
    { name: 'hides behind torch', parts: [globalOpcode('torch.os;', 'system')], want: 'ForeignGlobal' },
    { name: 'names what is not torch', parts: [globalOpcode('torchx', 'load')], want: 'ForeignGlobal' },
    { name: 'has an endless name', parts: [globalOpcode('torch', 'x'.repeat(1000))], want: 'LimitExceeded' },
    { name: 'has a name that does not end', parts: [Buffer.from('ctorch')], want: 'PickleMalformed' },
    { name: 'nests 10,000 tuples', parts: ['TUPLE0', ...times(10_000, 'TUPLE1')], want: 'LimitExceeded' },
    {
      name: 'nests a list in itself',
      parts: ['LIST', put0, ...times(200, get0, 'APPEND')],
      want: 'LimitExceeded',
    },
    { name: 'opens 10,000 marks', parts: times(10_000, 'MARK'), want: 'LimitExceeded' },
    { name: 'floods the stack', parts: times(pickleLimits.stack + 1, 'NONE'), want: 'LimitExceeded' },
    {
      name: 'floods the memo',
      parts: ['NONE', ...Array.from({ length: pickleLimits.memo + 1 }, (_, index) => putLong(index))],
      want: 'LimitExceeded',
    },
    {
      name: 'floods with nodes',
      parts: ['LIST', ...times(pickleLimits.nodes, 'DICT', 'APPEND')],
      want: 'LimitExceeded',
    },
    {
      name: 'floods with opcodes',
      parts: ['NONE', ...times(pickleLimits.opcodes, put0)],
      want: 'LimitExceeded',
    },
    {
      name: 'holds a number that is cut short',
      parts: [Buffer.of(0x8a, 255), Buffer.alloc(200)],
      want: 'PickleMalformed',
    },
    {
      name: 'holds a string of 4 GiB',
      parts: [Buffer.of(0x58, 0xff, 0xff, 0xff, 0xff)],
      want: 'PickleMalformed',
    },
    {
      name: 'holds text that is not UTF-8',
      parts: [Buffer.of(0x58, 1, 0, 0, 0, 0xff)],
      want: 'PickleMalformed',
    },
    { name: 'refers to an unknown memo', parts: [get0], want: 'PickleMalformed' },
    { name: 'takes from an empty stack', parts: ['TUPLE1'], want: 'PickleMalformed' },
    { name: 'takes from below a mark', parts: ['NONE', 'MARK', 'TUPLE1'], want: 'PickleMalformed' },
    {
      name: 'takes from below a mark and hides it',
      parts: ['NONE', 'MARK', 'TUPLE1', 'TUPLE', 'TUPLE2'],
      want: 'PickleMalformed',
    },
    {
      name: 'takes from below an outer mark, once an inner one is closed',
      parts: ['NONE', 'MARK', 'MARK', 'TUPLE', 'TUPLE2', 'TUPLE', 'TUPLE2'],
      want: 'PickleMalformed',
    },
    { name: 'closes a mark that is not open', parts: ['NONE', 'TUPLE'], want: 'PickleMalformed' },
    { name: 'appends to a dict', parts: ['DICT', 'NONE', 'APPEND'], want: 'PickleMalformed' },
    { name: 'sets an item of a list', parts: ['LIST', 'NONE', 'NONE', 'SETITEM'], want: 'PickleMalformed' },
    {
      name: 'sets a key without a value',
      parts: ['DICT', 'MARK', 'NONE', 'SETITEMS'],
      want: 'PickleMalformed',
    },
    {
      name: 'calls without arguments',
      parts: [globalOpcode('torch', 'x'), 'NONE', 'REDUCE'],
      want: 'PickleMalformed',
    },
    { name: 'refers to a storage that is none', parts: ["'x", 'PERSID'], want: 'PickleMalformed' },
    { name: 'stops with more than one value', parts: ['NONE', 'NONE'], want: 'PickleMalformed' },
    { name: 'stops within a mark', parts: ['NONE', 'MARK'], want: 'PickleMalformed' },
    { name: 'stops with nothing', parts: [], want: 'PickleMalformed' },
    { name: 'declares its protocol twice', parts: [Buffer.of(0x80, 2), 'NONE'], want: 'PickleRefused' },
  ];

  test.each(cases)('$name: $want', ({ parts, want }) => {
    expect(refusal(buildPickle(parts))).toBe(want);
  });

  test('is refused with any opcode that torch.save does not write', () => {
    const known = new Set(
      '}])(tX JKMGNqrhjsuaecRbQ.'
        .replace(' ', '')
        .split('')
        .map((c) => c.codePointAt(0)),
    );
    for (const code of [0x85, 0x86, 0x87, 0x88, 0x89, 0x8a]) known.add(code);
    for (let opcode = 0; opcode < 256; opcode += 1) {
      if (known.has(opcode)) continue;
      expect(refusal(buildPickle(['NONE', Buffer.of(opcode, 0, 0, 0, 0, 0)]))).toBe('PickleRefused');
    }
  });

  test.each([
    { name: 'of protocol 4', bytes: Buffer.of(0x80, 4, 0x4e, 0x2e) },
    { name: 'without a protocol', bytes: Buffer.of(0x4e, 0x2e) },
  ])('$name is refused', ({ bytes }) => {
    expect(refusal(bytes)).toBe('PickleRefused');
  });

  test('longer than the limit is refused unread', () => {
    expect(refusal(Buffer.alloc(pickleLimits.bytes + 1))).toBe('LimitExceeded');
  });

  test('with bytes after its end is refused', () => {
    expect(refusal(Buffer.concat([buildPickle(['NONE']), Buffer.of(0)]))).toBe('PickleMalformed');
  });

  test('cut short at any byte is refused', () => {
    const pickle = genuinePickle();
    for (let length = 0; length < pickle.length; length += length < 400 ? 1 : 97) {
      expect(refusal(pickle.subarray(0, length))).not.toBe('none');
    }
  });
});

test('the key __proto__ is a key like any other', () => {
  const { root } = scanPickle(
    buildPickle(['DICT', "'__proto__", 'DICT', "'polluted", 'TRUE', 'SETITEM', 'SETITEM']),
  );
  expect(entryOf(entryOf(root, '__proto__'), 'polluted')).toBe(true);
  expect(entryOf(root, 'polluted')).toBeUndefined();
  expect(({} as Readonly<Record<string, unknown>>)['polluted']).toBeUndefined();
});

test.each([
  { bytes: [0], want: 0 },
  { bytes: [1, 0xff], want: -1 },
  { bytes: [2, 0x00, 0x80], want: -32_768 },
  { bytes: [5, 0, 0, 0, 0, 1], want: 2 ** 32 },
  { bytes: [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], want: 2n ** 63n - 1n },
  { bytes: [9, 0, 0, 0, 0, 0, 0, 0, 0, 0x40], want: 2n ** 70n },
  { bytes: [255, ...Array.from({ length: 255 }, () => 0xff)], want: -1 },
])('a long number of bytes $bytes is $want', ({ bytes, want }) => {
  expect(scanPickle(buildPickle([Buffer.of(0x8a, ...bytes)])).root).toBe(want);
});

test('a tensor is kept as its parts, its storage is listed', () => {
  const { root, storages } = scanPickle(genuinePickle());
  const weight = entryOf(entryOf(root, 'model_state_dict'), 'transformer.proj_out.weight');
  expect(asNode(weight, 'call')?.callee).toMatchObject({
    kind: 'global',
    name: 'torch._utils._rebuild_tensor_v2',
  });
  expect(storages).toHaveLength(269);
  expect(storages[52]).toMatchObject({
    key: '52',
    type: 'torch.FloatStorage',
    elements: 3200,
    device: 'cpu',
  });
});

/** data.pkl is the first record of a genuine file: its bytes begin at 64. */
function genuinePickle(): Uint8Array {
  const file = readFileSync(new URL('../fixtures/f5-tts/full-update48.pt', import.meta.url));
  return file.subarray(64, 64 + 37_464);
}
