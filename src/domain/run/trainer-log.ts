// The trainer's counter between saves, as its own log prints it. F5-TTS: tqdm's postfix `update=38909` (trainer.py, train).
import type { Update } from '../units.ts';

/** The last update a log tail shows; undefined when it shows none. */
export function lastUpdateIn(log: string): Update | undefined {
  let last: Update | undefined;
  for (const [, digits] of log.matchAll(/\bupdate=(\d{1,15})(?!\d)/g)) last = Number(digits);
  return last;
}
