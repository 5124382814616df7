// Changes an entry of a real archive and makes its CRCs right again: damage that only the content can show.
import { crc32 } from 'node:zlib';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from './byte-sources.ts';

/** A copy of `file` with `edit` applied to the bytes of `<prefix>/<name>`, and descriptor and directory true to them. */
export async function rewriteEntry(
  file: Buffer,
  name: string,
  edit: (bytes: Buffer) => void,
): Promise<Buffer> {
  const out = Buffer.from(file);
  const reading = await readDirectory(memorySource(out));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const { directory } = reading;
  const entry = directory.entries.find((one) => one.name === `${directory.prefix}/${name}`);
  if (entry === undefined) throw new Error(`no entry ${name}`);
  const data = entry.offset + 30 + entry.nameLength + out.readUInt16LE(entry.offset + 28);
  const bytes = out.subarray(data, data + entry.size);
  edit(bytes);
  const record = out.indexOf(entry.name, directory.offset) - 46;
  out.writeUInt32LE(crc32(bytes), data + entry.size + 4);
  out.writeUInt32LE(crc32(bytes), record + 16);
  return out;
}
