// Takes the XML of an answer as bytes, past the SDK: its reader of XML costs more than all the rest. The SDK still signs the request
// and reads every refusal. A refusal inside a 200 is never taken for an answer.
import { pieces } from './body.ts';
import { record } from './record.ts';
import { BadAnswerError } from './trouble.ts';
import { readXml, textOf, type XmlReader } from './xml.ts';

/** A page of a thousand of the longest keys is below this. */
const longestAnswer = 16 * 1024 * 1024;

const isRefusal = /^[^<]*(?:<\?[^>]*\?>\s*)?<Error[\s>]/;

/** One answer to come. */
export class LeanAnswer {
  #bytes: Buffer | undefined;

  /** The middleware that takes the body; for the `deserialize` step of one command, next to the wire. */
  readonly taking =
    <Args, Result extends { readonly response: unknown }>(next: (args: Args) => Promise<Result>) =>
    async (args: Args): Promise<Result> => {
      const result = await next(args);
      const response = record(result.response);
      if (Number(response['statusCode']) >= 300) return result;
      this.#bytes = await readAll(response['body']);
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
}

async function readAll(body: unknown): Promise<Buffer> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces(body)) {
    length += piece.length;
    if (length > longestAnswer) throw new BadAnswerError('an endless answer');
    all.push(piece);
  }
  return Buffer.concat(all, length);
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
