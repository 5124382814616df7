// What the trainer's own log tells. Its counter between saves, as F5-TTS prints it: tqdm's postfix `update=38909`, and at a save,
// on a line of its own, `Saved last checkpoint at update 38900` (trainer.py, train); a container's log shows tqdm's line only in
// pieces of 16 KB, because it has no end, so the trainer is at least so far. And its last words, for people.
import { parseTime } from '../time.ts';
import type { Instant, Update } from '../units.ts';
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

/** The first update that a log shows, and when that was written. */
export interface FirstUpdate {
  readonly update: Update;
  readonly at: Instant;
}

// RFC 3339, in the zone of the node's containerd.
const written = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z|([+-])(\d{2}):(\d{2})) /;

/** The first update in a log whose lines begin with the time they were written; undefined when it shows none. */
export function firstUpdateIn(log: string): FirstUpdate | undefined {
  for (const line of log.split('\n')) {
    const [, update] = /\bupdate=(\d{1,15})(?!\d)/.exec(line) ?? [];
    const at = update === undefined ? undefined : timeWritten(line);
    if (at !== undefined) return { update: Number(update), at };
  }
  return undefined;
}

/** When a line was written, if it begins with that time; undefined when it does not. */
export function timeWritten(line: string): Instant | undefined {
  const [, time, sign, hours, minutes] = written.exec(line) ?? [];
  const at = time === undefined ? undefined : parseTime(`${time}Z`);
  if (at === undefined || sign === undefined) return at;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? at + offset : at - offset;
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
