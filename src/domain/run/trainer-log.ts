// What the trainer's own log tells: its counter between saves (F5-TTS: tqdm's postfix `update=38909`; trainer.py, train), and
// its last words. For people: nothing is decided by it.
import type { Update } from '../units.ts';
import { clip } from './status.ts';

const longestLastWords = 300;

/** The last update a log tail shows; undefined when it shows none. */
export function lastUpdateIn(log: string): Update | undefined {
  let last: Update | undefined;
  for (const [, digits] of log.matchAll(/\bupdate=(\d{1,15})(?!\d)/g)) last = Number(digits);
  return last;
}

/** The line that says best why it ended: the last that names an error, else the last at all; undefined when none has a letter. */
export function lastWordsIn(log: string): string | undefined {
  // A progress bar rewrites its line with carriage returns.
  const lines = log
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/\p{Cc}+(?:\[[\d;]*[A-Za-z])?/gu, ' ').trim());
  const words = lines.filter((line) => /\p{L}/u.test(line));
  const line = words.findLast((said) => /^[\w.]*(Error|Exception)\b/.test(said)) ?? words.at(-1);
  return line === undefined ? undefined : clip(line, longestLastWords);
}
