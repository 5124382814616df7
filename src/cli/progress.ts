// Shows how far a transfer is: a bar on a terminal, else a line at most every five seconds. Time comes from the clock it is given.
import { formatDuration } from '../domain/run/progress.ts';
import type { Bytes } from '../domain/units.ts';
import { formatBytes } from '../domain/size.ts';
import { drawBar } from './bar.ts';
import type { CliWorld } from './world.ts';

const redrawMilliseconds = 100;
const lineMilliseconds = 5_000;
const barWidth = 24;

export interface Transfer {
  /** What is happening, in one word: `pulling`. */
  readonly verb: string;
  readonly sizeBytes: Bytes;
  /** Bytes that were there before; they do not count for the rate. */
  readonly alreadyBytes?: Bytes;
}

export interface Progress {
  /** So many bytes are done now, those that were there before included. */
  at(doneBytes: Bytes): void;
  /** Clears the bar; nothing is shown after. */
  end(): void;
}

/** Begins to show a transfer; nothing is written before the first {@link Progress.at}. */
export function showProgress(
  { messages, clock }: Pick<CliWorld, 'messages' | 'clock'>,
  transfer: Transfer,
): Progress {
  const started = clock.monotonic();
  const { isTerminal, columns } = messages;
  let shown = isTerminal ? -Infinity : started;
  let isDrawn = false;
  return {
    at: (doneBytes) => {
      const now = clock.monotonic();
      if (now - shown < (isTerminal ? redrawMilliseconds : lineMilliseconds)) return;
      shown = now;
      const line = progressLine(transfer, doneBytes, (now - started) / 1000);
      isDrawn = isTerminal;
      messages.write(isTerminal ? `\r\u001b[K${fitted(line, columns)}` : `${line.words}\n`);
    },
    end: () => {
      if (isDrawn) messages.write('\r\u001b[K');
      isDrawn = false;
      shown = Infinity;
    },
  };
}

interface ProgressLine {
  readonly words: string;
  readonly bar: string;
}

function progressLine(
  { verb, sizeBytes, alreadyBytes = 0 }: Transfer,
  done: Bytes,
  seconds: number,
): ProgressLine {
  const share = sizeBytes === 0 ? 1 : Math.min(1, done / sizeBytes);
  const rate = seconds > 0 ? (done - alreadyBytes) / seconds : 0;
  const left = rate > 0 ? `${formatDuration((sizeBytes - done) / rate)} left` : 'time left unknown';
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return {
    words: `${verb} ${percent}  ${formatBytes(done)} of ${formatBytes(sizeBytes)}  ${formatBytes(Math.round(rate))}/s  ${left}`,
    bar: drawBar(share, { width: barWidth, isDrawn: true }),
  };
}

/** The line with its bar, or without it where the terminal is narrow: a line that wraps cannot be drawn over. */
function fitted({ words, bar }: ProgressLine, columns: number): string {
  const whole = `${bar}  ${words}`;
  return whole.length < columns ? whole : words.slice(0, Math.max(0, columns - 1));
}
