// What the trainer's own log tells. Its counter between saves, as F5-TTS prints it: tqdm's postfix `update=38909`, and at a save,
// on a line of its own, `Saved last checkpoint at update 38900` (trainer.py, train); a container's log shows tqdm's line only in
// pieces of 16 KB, because it has no end, so the trainer is at least so far. And its last words, for people.
import type { Update } from '../units.ts';
import { clip } from './status.ts';

const longestLastWords = 300;

const made = /\bupdate=(\d{1,15})(?!\d)|\bSaved last checkpoint at update (\d{1,15})(?!\d)/g;

/** The furthest update a log tail shows; undefined when it shows none. */
export function lastUpdateIn(log: string): Update | undefined {
  let furthest: Update | undefined;
  for (const [, shown, saved] of log.matchAll(made)) {
    const update = Number(shown ?? saved);
    if (furthest === undefined || update > furthest) furthest = update;
  }
  return furthest;
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
