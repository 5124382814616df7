// The bytes of a log, each line after the time it was begun, cut into lines as a terminal would show them: of what carriage returns
// rewrite only the newest that has arrived is told. A line may grow for ever, as tqdm's does; what is kept of it stays small.
import { timeWritten } from '../domain/run/trainer-log.ts';
import type { Instant } from '../domain/units.ts';
import type { LogLine } from '../ports/cluster.ts';

/** In characters. */
const longestPiece = 16_384;

export class LogLines {
  readonly #decoder = new TextDecoder();
  /** Of the line under way, what no carriage return has ended yet. */
  #piece = '';
  /** The newest piece of it that one has ended, until it is told. */
  #rewritten: string | undefined;
  #at: Instant | undefined;
  /** Whether the line's time is still to come. */
  #isFresh = true;
  /** Whether anything of the line under way was told. */
  #isTold = false;

  /** What the next bytes tell. */
  *take(chunk: Uint8Array): Generator<LogLine> {
    const parts = this.#decoder.decode(chunk, { stream: true }).split('\n');
    const unfinished = parts.pop() ?? '';
    for (const part of parts) {
      this.#grow(part);
      yield* this.#finish();
    }
    this.#grow(unfinished);
    yield* this.#interim();
  }

  /** What is left at the log's end. */
  *end(): Generator<LogLine> {
    this.#grow(this.#decoder.decode());
    if (this.#piece !== '' || this.#rewritten !== undefined) yield* this.#finish();
  }

  #grow(text: string): void {
    this.#piece += text;
    this.#readTime();
    const pieces = this.#piece.split('\r');
    this.#piece = pieces.pop() ?? '';
    this.#rewritten = pieces.findLast((piece) => piece !== '') ?? this.#rewritten;
  }

  // Everything up to the first blank is the time, or the line has none.
  #readTime(): void {
    if (!this.#isFresh || !this.#piece.includes(' ')) return;
    this.#isFresh = false;
    this.#at = timeWritten(this.#piece);
    if (this.#at !== undefined) this.#piece = this.#piece.slice(this.#piece.indexOf(' ') + 1);
  }

  *#finish(): Generator<LogLine> {
    const shown = this.#piece === '' ? this.#rewritten : this.#piece;
    if (shown !== undefined) yield* this.#lines(shown);
    else if (!this.#isTold) yield* this.#lines('');
    this.#piece = '';
    this.#rewritten = undefined;
    this.#at = undefined;
    this.#isFresh = true;
    this.#isTold = false;
  }

  *#interim(): Generator<LogLine> {
    if (this.#rewritten !== undefined) yield* this.#lines(this.#rewritten);
    this.#rewritten = undefined;
    if (this.#piece.length < longestPiece) return;
    yield* this.#lines(this.#piece);
    this.#piece = '';
  }

  *#lines(text: string): Generator<LogLine> {
    this.#isTold = true;
    for (let start = 0; start === 0 || start < text.length; start += longestPiece)
      yield { at: this.#at, text: text.slice(start, start + longestPiece) };
  }
}
