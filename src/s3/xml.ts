// Reads the XML of S3's answers straight from their bytes: elements and texts, no attributes, no entities but XML's own. A document
// that is cut short, crossed or deep is refused; nothing in it can make the reader allocate more than it holds.
import { BadAnswerError } from './trouble.ts';

/** What a document is read into. The root has depth 0; texts are ranges of the bytes, for {@link textOf} and the like. */
export interface XmlReader {
  /** An element begins that holds elements. */
  open(name: string, depth: number): void;
  close(name: string, depth: number): void;
  /** An element that holds a text, or nothing. */
  text(name: string, depth: number, text: TextRange): void;
}

/** The same object for every text: not to be kept. */
export interface TextRange {
  from: number;
  to: number;
}

const deepest = 8;
const longestName = 64;

const lessThan = 0x3c;
const greaterThan = 0x3e;
const slash = 0x2f;
const question = 0x3f;
const exclamation = 0x21;
const ampersand = 0x26;

/** Reads a whole document whose root has this name. @throws BadAnswerError */
export function readXml(bytes: Buffer, root: string, reader: XmlReader): void {
  new Document(bytes, reader).read(root);
}

class Document {
  readonly #bytes: Buffer;
  readonly #reader: XmlReader;
  readonly #names = new Map<number, string>();
  readonly #open: string[] = [];
  readonly #text: TextRange = { from: 0, to: 0 };
  #begun = false;
  #at = 0;

  constructor(bytes: Buffer, reader: XmlReader) {
    this.#bytes = bytes;
    this.#reader = reader;
  }

  read(root: string): void {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
    while (!this.#begun || this.#open.length > 0) {
      this.#at = this.#find(lessThan);
      this.#markup(root);
    }
  }

  #markup(root: string): void {
    const next = this.#bytes[this.#at + 1];
    if (next === slash) return this.#close();
    if (next === question) return this.#skip('?>');
    if (next === exclamation) return this.#comment();
    const name = this.#nameAt(this.#at + 1);
    const depth = this.#open.length;
    if (depth === 0 && name !== root) throw new BadAnswerError(`a document <${name}>, not <${root}>`);
    if (depth >= deepest) throw new BadAnswerError('a document that is too deep');
    this.#begun = true;
    this.#element(name, depth);
  }

  #element(name: string, depth: number): void {
    const end = this.#tagEnd();
    const text = this.#text;
    text.from = end + 1;
    text.to = end + 1;
    this.#at = end + 1;
    if (this.#bytes[end - 1] === slash) return this.#reader.text(name, depth, text);
    text.to = this.#find(lessThan);
    this.#at = text.to;
    if (this.#bytes[text.to + 1] !== slash) {
      this.#open.push(name);
      return this.#reader.open(name, depth);
    }
    this.#closing(name);
    this.#reader.text(name, depth, text);
  }

  #close(): void {
    const name = this.#open.pop();
    if (name === undefined) throw new BadAnswerError('an element that ends before it begins');
    this.#closing(name);
    this.#reader.close(name, this.#open.length);
  }

  /** Passes `</name>`. */
  #closing(name: string): void {
    const bytes = this.#bytes;
    const from = this.#at + 2;
    for (let index = 0; index < name.length; index += 1)
      if (bytes[from + index] !== name.charCodeAt(index)) throw crossed(name);
    this.#at = from + name.length;
    while (isSpace(bytes[this.#at])) this.#at += 1;
    if (bytes[this.#at] !== greaterThan) throw crossed(name);
    this.#at += 1;
  }

  /** Of the tag that begins here, past its attributes. */
  #tagEnd(): number {
    const bytes = this.#bytes;
    let quote = 0;
    for (let at = this.#at + 1; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (quote !== 0) quote = byte === quote ? 0 : quote;
      else if (byte === 0x22 || byte === 0x27) quote = byte;
      else if (byte === greaterThan) return at;
    }
    throw new BadAnswerError('a document that is cut short');
  }

  #find(wanted: number): number {
    const bytes = this.#bytes;
    for (let at = this.#at; at < bytes.length; at += 1) if (bytes[at] === wanted) return at;
    throw new BadAnswerError('a document that is cut short');
  }

  #comment(): void {
    if (this.#bytes.toString('latin1', this.#at, this.#at + 4) !== '<!--')
      throw new BadAnswerError('a document with declarations of its own');
    this.#skip('-->');
  }

  #skip(end: string): void {
    const at = this.#bytes.indexOf(end, this.#at + 2);
    if (at < 0) throw new BadAnswerError('a document that is cut short');
    this.#at = at + end.length;
  }

  /** A name that was met before is the same string again. */
  #nameAt(from: number): string {
    const bytes = this.#bytes;
    let hash = 0;
    let to = from;
    for (; to < bytes.length && !endsName(bytes[to]); to += 1) hash = (hash * 31 + (bytes[to] ?? 0)) >>> 0;
    if (to === from || to - from > longestName) throw new BadAnswerError('an element without a name');
    const known = this.#names.get(hash);
    if (known !== undefined && this.#isAt(known, from, to)) return known;
    const name = bytes.toString('latin1', from, to);
    if (this.#names.size < 256) this.#names.set(hash, name);
    return name;
  }

  #isAt(name: string, from: number, to: number): boolean {
    if (name.length !== to - from) return false;
    for (let index = 0; index < name.length; index += 1)
      if (this.#bytes[from + index] !== name.charCodeAt(index)) return false;
    return true;
  }
}

const crossed = (name: string): BadAnswerError =>
  new BadAnswerError(`an element <${name}> that does not end`);

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const endsName = (byte: number | undefined): boolean =>
  isSpace(byte) || byte === greaterThan || byte === slash;

/** The text of a range. @throws BadAnswerError for a reference to what XML does not know */
export function textOf(bytes: Buffer, { from, to }: TextRange): string {
  let ascii = true;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === ampersand) return unescape(bytes.toString('utf8', from, to));
    if (byte >= 0x80) ascii = false;
  }
  return bytes.toString(ascii ? 'latin1' : 'utf8', from, to);
}

const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

const unescape = (text: string): string =>
  text.replaceAll(/&(?:#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{1,4});|&/g, (reference) => {
    const name = reference.slice(1, -1);
    const character = name.startsWith('#') ? characterOf(name.slice(1)) : named.get(name);
    if (character === undefined) throw new BadAnswerError(`a reference that XML does not know: ${reference}`);
    return character;
  });

function characterOf(number: string): string | undefined {
  const point = Number(number.startsWith('x') ? `0${number}` : number);
  return point <= 0x10_ffff ? String.fromCodePoint(point) : undefined;
}

const quotes = ['&quot;', '&#34;'].map((reference) => Buffer.from(reference));

/** A quoted text such as an ETag, whose quotes are references as a rule: read at once, as one flat string. */
export function quotedOf(bytes: Buffer, range: TextRange): string {
  const { from, to } = range;
  const mark = quotes.find((reference) => isAt(bytes, from, reference));
  if (mark === undefined || to - from < 2 * mark.length || !isAt(bytes, to - mark.length, mark))
    return textOf(bytes, range);
  const inner = { from: from + mark.length, to: to - mark.length };
  for (let at = inner.from; at < inner.to; at += 1)
    if (bytes[at] === ampersand || (bytes[at] ?? 0) >= 0x80) return textOf(bytes, range);
  return quote(bytes, inner);
}

function isAt(bytes: Buffer, from: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1)
    if (bytes[from + index] !== wanted[index]) return false;
  return true;
}

const scratch = Buffer.alloc(256, '"');

function quote(bytes: Buffer, { from, to }: TextRange): string {
  const length = to - from;
  if (length + 2 > scratch.length) return `"${bytes.toString('latin1', from, to)}"`;
  bytes.copy(scratch, 1, from, to);
  scratch[length + 1] = 0x22;
  return scratch.toString('latin1', 0, length + 2);
}

/** A whole number; undefined for anything else. */
export function countOf(bytes: Buffer, { from, to }: TextRange): number | undefined {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return to > from && Number.isSafeInteger(value) ? value : undefined;
}
