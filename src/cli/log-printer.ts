// Prints the lines of logs, and remembers how far each container's were printed, so that a log that is asked for again goes on where
// it was. Nothing a container says reaches a terminal as control codes.
import { formatTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import type { LogLine } from '../ports/cluster.ts';
import type { TerminalOutput } from '../ports/terminal.ts';
import { plain } from './words.ts';

export interface LogStyle {
  readonly attempt: number;
  readonly isPrefixed: boolean;
  readonly isJson: boolean;
}

interface Printed {
  /** When the last line was begun, and how many that were begun then are printed. */
  readonly at: Instant;
  readonly count: number;
}

const prefixWidth = 7;

export class LogPrinter {
  readonly #out: TerminalOutput;
  readonly #style: LogStyle;
  readonly #printed = new Map<string, Printed>();
  #count = 0;

  constructor(out: TerminalOutput, style: LogStyle) {
    this.#out = out;
    this.#style = style;
  }

  /** How many lines were printed. */
  get count(): number {
    return this.#count;
  }

  print(container: string, { at, text }: LogLine): void {
    const before = this.#printed.get(container);
    if (at !== undefined)
      this.#printed.set(container, { at, count: before?.at === at ? before.count + 1 : 1 });
    this.#count += 1;
    this.#out.write(`${this.#format(container, { at, text })}\n`);
  }

  /** From when on a container's log is to be asked for again; undefined: from its beginning. */
  since(container: string): Instant | undefined {
    return this.#printed.get(container)?.at;
  }

  /** Tells, line by line, which of a log that is read again are still to be printed. */
  unprinted(container: string): (line: LogLine) => boolean {
    const last = this.#printed.get(container);
    let left = last?.count ?? 0;
    return ({ at }) => {
      if (last === undefined || at === undefined || at > last.at) return true;
      if (at < last.at) return false;
      left -= 1;
      return left < 0;
    };
  }

  #format(container: string, { at, text }: LogLine): string {
    const { attempt, isPrefixed, isJson } = this.#style;
    if (isJson)
      return JSON.stringify({ attempt, container, time: at === undefined ? null : formatTime(at), text });
    return `${isPrefixed ? `${container.padEnd(prefixWidth)} | ` : ''}${readable(text)}`;
  }
}

// oxlint-disable-next-line no-control-regex -- the colours and cursor moves of a terminal
const terminalCodes = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** As a person reads it: without colours, tabs kept. */
const readable = (text: string): string =>
  text.replaceAll(terminalCodes, '').split('\t').map(plain).join('\t');
