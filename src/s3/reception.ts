// One answer as it arrives: its head, then its body, given to a sink at once or gathered when it is a short document. It knows
// nothing of sockets; it keeps no byte it was shown, since their memory is used again.
import { type AnswerHead, type Framing, framingOf, joinChunks, parseHead } from './wire-head.ts';
import { BadAnswerError } from './trouble.ts';

/** A whole answer; the body is empty when a sink has taken it. */
export interface WireAnswer extends AnswerHead {
  readonly body: Buffer;
}

/** Takes the next bytes of a body, before it returns. */
export type Sink = (chunk: Uint8Array) => void;

/** What to do with the body under this head: give it to a sink, or (undefined) gather it. A throw refuses the answer. */
export type Accept = (head: AnswerHead) => Sink | undefined;

/** The body has no length of its own, so that a range cut short would look complete. */
export class UnframedBodyError extends Error {
  override readonly name = 'UnframedBody';
}

const headEnd = '\r\n\r\n';
const longestHead = 32 * 1024;
const longestDocument = 256 * 1024;

interface Body {
  readonly head: AnswerHead;
  readonly framing: Framing;
  readonly sink: Sink | undefined;
  left: number;
  gathered: Buffer;
}

export class Reception {
  /** Set once the whole answer is there. */
  answer: WireAnswer | undefined;
  /** More has arrived than the answer has. */
  surplus = false;
  readonly #accept: Accept;
  #body: Body | undefined;

  constructor(accept: Accept) {
    this.#accept = accept;
  }

  /** Bytes still to come for the sink; 0 when there is none. */
  get expected(): number {
    return this.#body?.sink === undefined ? 0 : this.#body.left;
  }

  /** Shows what has arrived since the last `true`; false asks to be shown it again with more behind it. */
  take(bytes: Buffer): boolean {
    if (this.#body !== undefined) {
      this.#takeBody(this.#body, bytes);
      return true;
    }
    const end = bytes.indexOf(headEnd);
    if (end < 0 && bytes.length < longestHead) return false;
    if (end < 0 || end > longestHead) throw new BadAnswerError('a head without an end');
    const body = this.#begin(parseHead(bytes.toString('latin1', 0, end)));
    this.#takeBody(body, bytes.subarray(end + headEnd.length));
    return true;
  }

  /** The connection has ended: completes a body that is framed so; false for any other. */
  end(): boolean {
    const body = this.#body;
    if (body === undefined || body.framing.is !== 'end') return false;
    this.#complete(body.head, body.gathered);
    return true;
  }

  #begin(head: AnswerHead): Body {
    const framing = framingOf(head);
    const sink = this.#accept(head);
    if (sink !== undefined && framing.is !== 'length')
      throw new UnframedBodyError('a range without a length');
    const left = framing.is === 'length' ? framing.bytes : longestDocument;
    if (sink === undefined && left > longestDocument) throw new BadAnswerError(`an answer of ${left} bytes`);
    this.#body = { head, framing, sink, left, gathered: Buffer.alloc(0) };
    return this.#body;
  }

  #takeBody(body: Body, bytes: Buffer): void {
    if (bytes.length > body.left && body.framing.is !== 'length')
      throw new BadAnswerError('an endless answer');
    const own = bytes.subarray(0, body.left);
    body.left -= own.length;
    this.surplus ||= bytes.length > own.length;
    if (body.sink !== undefined) {
      if (own.length > 0) body.sink(own);
      if (body.left === 0) this.#complete(body.head, body.gathered);
      return;
    }
    body.gathered = Buffer.concat([body.gathered, own]);
    const whole = wholeDocument(body);
    if (whole !== undefined) this.#complete(body.head, whole);
  }

  #complete(head: AnswerHead, body: Buffer): void {
    this.answer ??= { ...head, body };
  }
}

function wholeDocument({ framing, gathered, left }: Body): Buffer | undefined {
  switch (framing.is) {
    case 'length':
      return left === 0 ? gathered : undefined;
    case 'chunks':
      return joinChunks(gathered);
    case 'end':
      return undefined;
  }
}
