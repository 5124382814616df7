// Builds .pt archives byte by byte, in torch.save's layout or with one thing wrong.
import { crc32 } from 'node:zlib';

/** One entry to write; every field of its directory record can be made to lie. */
export interface ArchiveEntry {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  /** The name in the local header, where it differs. */
  readonly localName?: string;
  /** Zero bytes that follow the data and are not held in memory; with them, `crc32` is the caller's to know. */
  readonly hole?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly crc32?: number;
  readonly size?: bigint;
  /** The stored size, where it is not the size. */
  readonly stored?: bigint;
  readonly offset?: bigint;
  /** Bytes after it that belong to nothing. */
  readonly trail?: Buffer;
}

/** What can be wrong with the end records. */
export interface ArchiveLies {
  readonly entryCount?: bigint;
  readonly directorySize?: bigint;
  readonly directoryOffset?: bigint;
  readonly comment?: string;
  readonly disk?: number;
  /** Bytes between the directory and its end records. */
  readonly gap?: number;
  /** The zip64 record's own length. */
  readonly recordSize?: bigint;
  /** The classic end record's count of entries. */
  readonly classicCount?: number;
  readonly commentLength?: number;
}

type Field = readonly [bytes: 2 | 4 | 8, value: number | bigint];

function pack(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const out = Buffer.alloc(8);
      out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      return out.subarray(0, bytes);
    }),
  );
}

/** Bytes at their offsets in a file of this size; zeros between them. */
export interface Islands {
  readonly size: number;
  readonly bytes: ReadonlyMap<number, Buffer>;
}

function sizeOf(entry: ArchiveEntry): number {
  return entry.data.length + (entry.hole ?? 0);
}

function localHeader(entry: ArchiveEntry, offset: number): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  const long: readonly Field[] = [
    ...(isLong(BigInt(sizeOf(entry)))
      ? ([
          [8, sizeOf(entry)],
          [8, 0],
        ] as const)
      : []),
    ...(isLong(BigInt(offset)) ? ([[8, offset]] as const) : []),
  ];
  const zip64: readonly Field[] = long.length > 0 ? [[2, 1], [2, long.length * 8], ...long] : [];
  const start = offset + 30 + name.length + (zip64.length > 0 ? 4 + long.length * 8 : 0) + 4;
  const padding = Buffer.alloc((64 - (start % 64)) % 64, 'Z');
  const extra = pack([...zip64, [2, 0x4246], [2, padding.length]]);
  const header: readonly Field[] = [
    [4, 0x04034b50],
    [2, 0],
    [2, entry.flags ?? 0x0808],
    [2, entry.method ?? 0],
    [8, 0],
    [8, 0],
    [2, name.length],
    [2, extra.length + padding.length],
  ];
  return Buffer.concat([pack(header), name, extra, padding]);
}

function descriptor(entry: ArchiveEntry, offset: number): Buffer {
  const width = isLong(BigInt(offset)) || isLong(BigInt(sizeOf(entry))) ? 8 : 4;
  return pack([
    [4, 0x08074b50],
    [4, entry.crc32 ?? crc32(entry.data)],
    [width, sizeOf(entry)],
    [width, sizeOf(entry)],
  ]);
}

function isLong(value: bigint): boolean {
  return value >= 0xffffffffn;
}

function directoryRecord(entry: ArchiveEntry, localOffset: number): Buffer {
  const name = Buffer.from(entry.name);
  const size = entry.size ?? BigInt(sizeOf(entry));
  const offset = entry.offset ?? BigInt(localOffset);
  const stored = entry.stored ?? size;
  const long = [size, stored, offset].filter(isLong);
  const short = (value: bigint): bigint => (isLong(value) ? 0xffffffffn : value);
  const extra =
    long.length === 0 ? [] : pack([[2, 1], [2, long.length * 8], ...long.map((value): Field => [8, value])]);
  const record: readonly Field[] = [
    [4, 0x02014b50],
    [4, 0],
    [2, entry.flags ?? 0x0808],
    [2, entry.method ?? 0],
    [4, 0],
    [4, entry.crc32 ?? crc32(entry.data)],
    [4, short(stored)],
    [4, short(size)],
    [2, name.length],
    [2, extra.length],
    [8, 0],
    [2, 0],
    [4, short(offset)],
  ];
  return Buffer.concat([pack(record), name, Buffer.from(extra)]);
}

interface Placed {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

function zip64Record(directory: Placed, lies: ArchiveLies): Buffer {
  const count = lies.entryCount ?? BigInt(directory.count);
  return pack([
    [4, 0x06064b50],
    [8, lies.recordSize ?? 44],
    [4, 0],
    [4, lies.disk ?? 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, lies.directorySize ?? BigInt(directory.size)],
    [8, lies.directoryOffset ?? BigInt(directory.offset)],
  ]);
}

function endRecords(directory: Placed, lies: ArchiveLies): Buffer {
  const gap = Buffer.alloc(lies.gap ?? 0);
  const comment = Buffer.from(lies.comment ?? '');
  const locator: readonly Field[] = [
    [4, 0x07064b50],
    [4, 0],
    [8, directory.offset + directory.size + gap.length],
    [4, 1],
  ];
  const end: readonly Field[] = [
    [4, 0x06054b50],
    [4, 0],
    [2, 0xffff],
    [2, lies.classicCount ?? 0xffff],
    [4, 0xffffffff],
    [4, 0xffffffff],
    [2, lies.commentLength ?? comment.length],
  ];
  return Buffer.concat([gap, zip64Record(directory, lies), pack([...locator, ...end]), comment]);
}

/** An archive as torch.save lays it out: stored entries, descriptors, 64-byte alignment, zip64 records. */
export function layArchive(entries: readonly ArchiveEntry[], lies: ArchiveLies = {}): Islands {
  const bytes = new Map<number, Buffer>();
  const records: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const head = Buffer.concat([localHeader(entry, offset), entry.data]);
    bytes.set(offset, head);
    records.push(directoryRecord(entry, offset));
    const end = Buffer.concat([descriptor(entry, offset), entry.trail ?? Buffer.alloc(0)]);
    offset += head.length + (entry.hole ?? 0);
    bytes.set(offset, end);
    offset += end.length;
  }
  const directory = Buffer.concat(records);
  const tail = endRecords({ offset, size: directory.length, count: entries.length }, lies);
  bytes.set(offset, Buffer.concat([directory, tail]));
  return { size: offset + directory.length + tail.length, bytes };
}

/** The same in memory, for entries without holes. */
export function buildArchive(entries: readonly ArchiveEntry[], lies: ArchiveLies = {}): Buffer {
  return Buffer.concat([...layArchive(entries, lies).bytes.values()]);
}

/** The smallest set of entries that makes a complete archive around this pickle. */
export function checkpointEntries(pickle: Uint8Array, prefix = 'model_last'): readonly ArchiveEntry[] {
  return [
    { name: `${prefix}/data.pkl`, data: pickle },
    { name: `${prefix}/version`, data: Buffer.from('3\n') },
  ];
}
