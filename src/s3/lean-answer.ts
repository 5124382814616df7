// Takes the XML of an answer as bytes, past the SDK: its reader of XML costs more than all the rest. The SDK still signs the request
// and reads every refusal. A refusal inside a 200 is never taken for an answer.
import { pieces } from './body.ts';
import { record } from './record.ts';
import type { SpareBuffers } from './spare-buffers.ts';
import { BadAnswerError } from './trouble.ts';
import { readXml, textOf, type XmlReader } from './xml.ts';

/** A page of a thousand of the longest keys is below this. */
const longestAnswer = 16 * 1024 * 1024;

/** Holds a page of a thousand keys of common length. */
const usualAnswer = 512 * 1024;

const isRefusal = /^[^<]*(?:<\?[^>]*\?>\s*)?<Error[\s>]/;

/** One answer to come, read into memory that was used before. */
export class LeanAnswer {
  readonly #spare: SpareBuffers;
  #bytes: Buffer | undefined;

  constructor(spare: SpareBuffers) {
    this.#spare = spare;
  }

  /** The middleware that takes the body; for the `deserialize` step of one command, next to the wire. */
  readonly taking =
    <Args, Result extends { readonly response: unknown }>(next: (args: Args) => Promise<Result>) =>
    async (args: Args): Promise<Result> => {
      const result = await next(args);
      const response = record(result.response);
      if (Number(response['statusCode']) >= 300) return result;
      this.#bytes = await readAll(response['body'], this.#spare);
      return { ...result, response: { ...response, body: new Uint8Array() } };
    };

  /** Where the middleware stands. */
  readonly place = { step: 'deserialize', priority: 'low', name: 'takeBody' } as const;

  /** Reads what arrived. @throws BadAnswerError, or the refusal that came with status 200 */
  read(root: string, reader: XmlReader): void {
    const bytes = this.#bytes;
    if (bytes === undefined) throw new BadAnswerError('an answer without a body');
    if (isRefusal.test(bytes.toString('latin1', 0, 512))) throw refusalOf(bytes);
    readXml(bytes, root, reader);
  }

  /** What {@link read} reads from. */
  get bytes(): Buffer {
    return this.#bytes ?? Buffer.alloc(0);
  }

  /** Gives the memory back, once nothing is read from it any more; an answer that never arrived whole keeps its own. */
  release(): void {
    if (this.#bytes !== undefined) this.#spare.give([this.#bytes]);
    this.#bytes = undefined;
  }
}

/** Each piece is copied at once: pieces that wait for the last one outlive the collector's young generation. */
async function readAll(body: unknown, spare: SpareBuffers): Promise<Buffer> {
  let all = spare.take(usualAnswer);
  let length = 0;
  for await (const piece of pieces(body)) {
    const end = length + piece.length;
    if (end > longestAnswer) throw new BadAnswerError('an endless answer');
    if (end > all.length) all = grown(all, { length, end, spare });
    all.set(piece, length);
    length = end;
  }
  return all.subarray(0, length);
}

interface Growth {
  /** So much of it is used. */
  readonly length: number;
  /** So much will be. */
  readonly end: number;
  readonly spare: SpareBuffers;
}

function grown(all: Buffer, { length, end, spare }: Growth): Buffer {
  const larger = spare.take(Math.max(end, 2 * all.length));
  larger.set(all.subarray(0, length));
  spare.give([all]);
  return larger;
}

/** As S3 answers when it fails after it has begun to answer: to be taken as a failure of its own. */
class EmbeddedError extends Error {
  readonly $metadata = { httpStatusCode: 500 };

  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

function refusalOf(bytes: Buffer): EmbeddedError {
  const told = { Code: 'InternalError', Message: '' };
  readXml(bytes, 'Error', {
    open: () => {},
    close: () => {},
    text: (name, depth, range) => {
      if (depth === 1 && (name === 'Code' || name === 'Message')) told[name] = textOf(bytes, range);
    },
  });
  return new EmbeddedError(told.Code, told.Message);
}
