// The unfinished file of a pull and its journal: FILE.part and FILE.part.json. Goes on from what an earlier pull of the very same
// object left, and believes none of it unread. A file it cannot explain is never overwritten.
import { crc32Of } from '../checkpoint/crc32.ts';
import { crc32Combine } from '../domain/bucket/crc32-combine.ts';
import type { Bytes } from '../domain/units.ts';
import type { WritableFile } from '../ports/disk.ts';
import { readSmallFile, replaceSmallFile } from '../ports/small-file.ts';
import { DocumentError } from '../wire/document.ts';
import { type PullJournal, pullJournal } from '../wire/pull-journal.ts';
import { CommandError } from './errors.ts';
import { showProgress } from './progress.ts';
import type { CliWorld } from './world.ts';

const noteMilliseconds = 1_000;
const mostJournalBytes = 32 * 1024 * 1024;

/** Of which object, in which pieces. */
export type PartPlan = Omit<PullJournal, 'version' | 'parts'>;

export interface Part {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

export class PartFile {
  /** Parts that are not there yet. */
  readonly missing: readonly Part[];
  readonly #world: CliWorld;
  readonly #path: string;
  readonly #plan: PartPlan;
  readonly #file: WritableFile;
  readonly #done: Map<number, number>;
  /** The CRC32 so far of parts that are under way. */
  readonly #begun = new Map<number, number>();
  #noted: number;
  #noting: Promise<void> | undefined;

  private constructor(world: CliWorld, opened: Opened) {
    this.#world = world;
    this.#path = opened.path;
    this.#plan = opened.plan;
    this.#file = opened.file;
    this.#done = opened.done;
    this.#noted = world.clock.monotonic();
    this.missing = partsOf(opened.plan).filter(({ index }) => !opened.done.has(index));
  }

  /** Opens `path`, with what is good of an earlier try. @throws CommandError for a file that is not ours to overwrite */
  static async open(world: CliWorld, path: string, plan: PartPlan): Promise<PartFile> {
    const journal = await readJournal(world, path);
    const facts = await world.disk.stat(path);
    if (facts !== undefined && journal === undefined)
      throw new CommandError(
        `${path} is in the way and no pull has left it: remove it, or choose another file`,
      );
    if (facts !== undefined && journal !== undefined && isSamePlan(journal, plan)) {
      const done = await readDone(world, path, journal);
      return new PartFile(world, { path, plan, done, file: await world.disk.reopen(path) });
    }
    await world.disk.remove(path);
    const file = await world.disk.create(path, plan.sizeBytes);
    const opened = new PartFile(world, { path, plan, done: new Map(), file });
    await opened.#note();
    return opened;
  }

  get doneBytes(): Bytes {
    return partsOf(this.#plan).reduce(
      (sum, { index, length }) => sum + (this.#done.has(index) ? length : 0),
      0,
    );
  }

  /** The CRC32 of the whole, once nothing is missing. */
  get crc32(): number {
    return partsOf(this.#plan).reduce(
      (crc, { index, length }) => crc32Combine(crc, this.#done.get(index) ?? 0, length),
      0,
    );
  }

  /** Takes a piece that arrived; the pieces of one part come in order. A part is done with its last. */
  take(offset: number, piece: Uint8Array): void {
    this.#file.write(offset, piece);
    const index = Math.floor(offset / this.#plan.partBytes);
    const crc32 = crc32Of(piece, this.#begun.get(index));
    const end = Math.min((index + 1) * this.#plan.partBytes, this.#plan.sizeBytes);
    if (offset + piece.length < end) {
      this.#begun.set(index, crc32);
      return;
    }
    this.#begun.delete(index);
    this.#done.set(index, crc32);
    this.#noteSoon();
  }

  #noteSoon(): void {
    const now = this.#world.clock.monotonic();
    if (this.#noting !== undefined || now - this.#noted < noteMilliseconds) return;
    this.#noted = now;
    this.#noting = this.#note().finally(() => {
      this.#noting = undefined;
    });
    // a journal that cannot be written now is written at the end, or the parts are fetched again
    this.#noting.catch(() => undefined);
  }

  /** Forces everything to the disk and closes the file; the journal tells what is there. */
  async close(): Promise<void> {
    await this.#noting?.catch(() => undefined);
    await this.#file.commit();
    await this.#note();
  }

  #note(): Promise<void> {
    const parts = [...this.#done].map(([index, crc32]) => ({ index, crc32 }));
    const text = pullJournal.format({ version: 1, ...this.#plan, parts });
    return replaceSmallFile(this.#world.disk, journalPath(this.#path), text);
  }
}

interface Opened {
  readonly path: string;
  readonly plan: PartPlan;
  readonly file: WritableFile;
  readonly done: Map<number, number>;
}

/** Removes an unfinished file and its journal. */
export async function removePartFile({ disk }: CliWorld, path: string): Promise<void> {
  await disk.remove(path);
  await removeJournal({ disk }, path);
}

/** Removes the journal alone, once the file has its own name. */
export async function removeJournal({ disk }: Pick<CliWorld, 'disk'>, path: string): Promise<void> {
  await disk.remove(journalPath(path));
}

const journalPath = (path: string): string => `${path}.json`;

function partsOf({ sizeBytes, partBytes }: PartPlan): readonly Part[] {
  return Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => {
    const offset = index * partBytes;
    return { index, offset, length: Math.min(partBytes, sizeBytes - offset) };
  });
}

async function readJournal({ disk }: CliWorld, path: string): Promise<PullJournal | undefined> {
  const text = await readSmallFile(disk, journalPath(path), mostJournalBytes);
  if (text === undefined) return undefined;
  try {
    return pullJournal.parse(text, journalPath(path));
  } catch (cause) {
    if (cause instanceof DocumentError) return undefined;
    throw cause;
  }
}

function isSamePlan(journal: PullJournal, plan: PartPlan): boolean {
  const { object, etag, sizeBytes, partBytes } = plan;
  return (
    journal.object === object &&
    journal.etag === etag &&
    journal.sizeBytes === sizeBytes &&
    journal.partBytes === partBytes
  );
}

/** The parts whose bytes are still those that were written. */
async function readDone(world: CliWorld, path: string, journal: PullJournal): Promise<Map<number, number>> {
  const noted = new Map(journal.parts.map(({ index, crc32 }) => [index, crc32]));
  const done = new Map<number, number>();
  const buffer = new Uint8Array(Math.min(journal.partBytes, journal.sizeBytes));
  const progress = showProgress(world, { verb: 'checking', sizeBytes: journal.sizeBytes });
  const file = await world.disk.openRead(path);
  try {
    for (const { index, offset, length } of partsOf(journal)) {
      progress.at(offset);
      const crc32 = noted.get(index);
      if (crc32 === undefined) continue;
      const bytes = buffer.subarray(0, length);
      const count = await file.read(offset, bytes);
      if (count === length && crc32Of(bytes) === crc32) done.set(index, crc32);
    }
  } finally {
    progress.end();
    await file.close();
  }
  return done;
}
