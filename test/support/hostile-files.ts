// Files made to hurt whoever reads them, each with the problem that a reader must say of it.
import type { ProblemCode } from '../../src/checkpoint/problem.ts';
import type { PicklePart } from './pickles.ts';
import { buildPickle, dictParts, globalOpcode, tensorParts } from './pickles.ts';
import type { ArchiveEntry, ArchiveLies } from './torch-archive.ts';
import { buildArchive, checkpointEntries } from './torch-archive.ts';

/** One hostile file. */
export interface HostileFile {
  readonly name: string;
  readonly make: () => Buffer;
  readonly code: ProblemCode;
}

const calm = checkpointEntries(buildPickle(['DICT']));
const data = Buffer.from('tensor');

const withEntry = (entry: Partial<ArchiveEntry>): Buffer =>
  buildArchive([...calm, { name: 'model_last/data/0', data, ...entry }]);
const lying = (lies: ArchiveLies): Buffer => buildArchive(calm, lies);

const archives: readonly HostileFile[] = [
  { name: 'a zip bomb: a compressed entry', make: () => withEntry({ method: 8 }), code: 'EntryUnsupported' },
  {
    name: 'a zip bomb: entries over each other',
    make: () => withEntry({ offset: 0n }),
    code: 'EntryOverlap',
  },
  {
    name: 'an entry of 2^63 bytes',
    make: () => withEntry({ size: 2n ** 63n }),
    code: 'DirectoryInconsistent',
  },
  { name: 'an entry at 2^63', make: () => withEntry({ offset: 2n ** 63n }), code: 'DirectoryInconsistent' },
  { name: 'an entry of 2^52 bytes', make: () => withEntry({ size: 2n ** 52n }), code: 'EntryOutside' },
  {
    name: 'a million entries, announced',
    make: () => lying({ entryCount: 1_000_000n }),
    code: 'LimitExceeded',
  },
  {
    name: '2^63 entries, announced',
    make: () => lying({ entryCount: 2n ** 63n }),
    code: 'DirectoryInconsistent',
  },
  { name: 'a million entries', make: millionEntries, code: 'LimitExceeded' },
  {
    name: 'a directory one entry short',
    make: () => lying({ entryCount: 1n }),
    code: 'DirectoryInconsistent',
  },
  {
    name: 'a directory that begins too late',
    make: () => lying({ directoryOffset: 9n }),
    code: 'DirectoryInconsistent',
  },
  {
    name: 'a directory of 2^63 bytes',
    make: () => lying({ directorySize: 2n ** 63n }),
    code: 'DirectoryInconsistent',
  },
  { name: 'a directory of 8 MB', make: longNames, code: 'LimitExceeded' },
  {
    name: 'a path out of its folder',
    make: () => withEntry({ name: '../../etc/passwd' }),
    code: 'EntryMalformed',
  },
  {
    name: 'a second data.pkl',
    make: () => withEntry({ name: 'model_last/data.pkl' }),
    code: 'EntryDuplicate',
  },
  { name: 'a data.pkl of 8 MiB', make: () => pickled(Buffer.alloc(8 * 1024 * 1024)), code: 'LimitExceeded' },
];

/** Records of a million entries, all of them true but that they share one local header. */
function millionEntries(): Buffer {
  const one = buildArchive(calm);
  const record = one.subarray(one.indexOf(Buffer.of(0x50, 0x4b, 1, 2)), -98);
  const records = Buffer.alloc(record.length * 500_000);
  for (let at = 0; at < records.length; at += record.length) record.copy(records, at);
  const lies = { entryCount: 1_000_000n, directorySize: BigInt(records.length) };
  const shell = buildArchive(calm, lies);
  const end = shell.subarray(-98);
  const begin = one.length - 98 - record.length;
  end.writeBigUInt64LE(BigInt(begin + records.length), 56 + 8);
  return Buffer.concat([one.subarray(0, begin), records, end]);
}

function longNames(): Buffer {
  const names = Array.from({ length: 140 }, (_, index) => `model_last/${index}${'x'.repeat(60_000)}`);
  return buildArchive([...calm, ...names.map((name) => ({ name, data }))]);
}

function pickled(pickle: Uint8Array): Buffer {
  return buildArchive(checkpointEntries(pickle));
}

/** These bytes, `count` times. */
function flood(count: number, ...parts: readonly (readonly number[] | Uint8Array)[]): Buffer {
  const unit = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const out = Buffer.alloc(unit.length * count);
  for (let at = 0; at < out.length; at += unit.length) unit.copy(out, at);
  return out;
}

const inList = (body: Uint8Array): readonly PicklePart[] => ['LIST', body];
const append = [0x61];

function memoFlood(): Buffer {
  const puts = Buffer.alloc(5 * 200_000, 0x72);
  for (let index = 0; index < 200_000; index += 1) puts.writeUInt32LE(index, index * 5 + 1);
  return puts;
}

const huge = Array.from({ length: 4 }, () => 2 ** 31 - 1);

const pickles: readonly (Omit<HostileFile, 'make'> & { readonly parts: () => readonly PicklePart[] })[] = [
  {
    name: 'a call of os.system',
    parts: () => [globalOpcode('os', 'system'), "'touch /tmp/owned", 'TUPLE1', 'REDUCE'],
    code: 'ForeignGlobal',
  },
  { name: 'a call of builtins.exec', parts: () => [globalOpcode('builtins', 'exec')], code: 'ForeignGlobal' },
  {
    name: '300,000 tuples in each other',
    parts: () => ['TUPLE0', flood(300_000, [0x85])],
    code: 'LimitExceeded',
  },
  {
    name: 'a list in itself, 1,000 times',
    parts: () => ['LIST', flood(1, [0x71, 0]), flood(1000, [0x68, 0, 0x61])],
    code: 'LimitExceeded',
  },
  { name: '400,000 marks', parts: () => [flood(400_000, [0x28])], code: 'LimitExceeded' },
  { name: 'a flood of memos', parts: () => ['NONE', memoFlood()], code: 'LimitExceeded' },
  { name: 'a flood on the stack', parts: () => [flood(400_000, [0x4e])], code: 'LimitExceeded' },
  { name: 'a flood of dicts', parts: () => inList(flood(400_000, [0x7d], append)), code: 'LimitExceeded' },
  { name: 'a flood of tuples', parts: () => inList(flood(400_000, [0x29], append)), code: 'LimitExceeded' },
  { name: 'a flood of opcodes', parts: () => inList(flood(900_000, [0x4e], append)), code: 'LimitExceeded' },
  {
    name: 'a flood of text',
    parts: () => inList(flood(110_000, Buffer.from(`X\u001E\0\0\0${'a'.repeat(30)}`), append)),
    code: 'KeyMissing',
  },
  {
    name: 'a flood of names',
    parts: () => inList(flood(80_000, Buffer.from('ctorch\nFloatStorage\n'), append)),
    code: 'KeyMissing',
  },
  {
    name: 'a text of 4 GiB',
    parts: () => [Buffer.of(0x58, 0xff, 0xff, 0xff, 0xff)],
    code: 'PickleMalformed',
  },
  {
    name: 'the key __proto__',
    parts: () => ['DICT', ...dictParts('__proto__', { polluted: ['TRUE'] })],
    code: 'KeyMissing',
  },
  {
    name: 'one dict of 1,000 tensors in 1,000 places',
    parts: () => ['DICT', ...laughs()],
    code: 'LimitExceeded',
  },
  {
    name: 'a tensor of 2^124 elements',
    parts: () => [
      'DICT',
      ...dictParts('model_state_dict', {
        x: tensorParts({ shape: huge, strides: huge }),
      }),
    ],
    code: 'TensorMalformed',
  },
];

/** An optimizer whose state holds the same slots under every number. */
function laughs(): readonly PicklePart[] {
  const slots = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`t${index}`, ['NONE']]));
  const [, ...built] = dictParts('', slots);
  const places = Array.from({ length: 1000 }, (_, index) => [index, Buffer.of(0x68, 0), 'SETITEM']).flat();
  const state = ["'state", ...built.slice(0, -1), Buffer.of(0x71, 0), 'SETITEM'];
  return ["'optimizer_state_dict", 'DICT', ...state, "'state", 'DICT', ...places, 'SETITEM', 'SETITEM'];
}

function safetensors(header: string, length = BigInt(Buffer.byteLength(header))): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length);
  return Buffer.concat([head, Buffer.from(header), Buffer.alloc(64)]);
}

const heads: readonly HostileFile[] = [
  { name: 'a header of 2^63 bytes', make: () => safetensors('{}', 2n ** 63n), code: 'NotACheckpoint' },
  {
    name: 'a header nested 300,000 deep',
    make: () => safetensors('{"x":'.repeat(300_000)),
    code: 'SafetensorsMalformed',
  },
  {
    name: 'a header of a million arrays',
    make: () => safetensors(`{"x":[${'[],'.repeat(600_000)}[]]}`),
    code: 'SafetensorsMalformed',
  },
  {
    name: 'a header of 40,000 tensors',
    make: () =>
      safetensors(`{${Array.from({ length: 40_000 }, (_, index) => `"${index}":{"dtype":"U8"}`).join(',')}}`),
    code: 'SafetensorsMalformed',
  },
  {
    name: 'a header of 3 MB',
    make: () => safetensors(`{"x":"${'a'.repeat(3_000_000)}"}`),
    code: 'NotACheckpoint',
  },
  {
    name: 'a tensor at 2^63',
    make: () =>
      safetensors(
        '{"x":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775807,9223372036854775808]}}',
      ),
    code: 'SafetensorsMalformed',
  },
];

/** Every hostile file there is a row for. */
export const hostileFiles: readonly HostileFile[] = [
  ...archives,
  ...pickles.map(({ name, parts, code }) => ({
    name: `a pickle with ${name}`,
    make: () => pickled(buildPickle(parts())),
    code,
  })),
  ...heads.map((file) => ({ ...file, name: `a safetensors file with ${file.name}` })),
];
