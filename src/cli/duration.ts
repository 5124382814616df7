// Lengths of time as people write them on a command line: 90s, 10m, 1h30m. Nothing is guessed: a bare number has no unit.
import type { Seconds } from '../domain/units.ts';

const pattern = /^(?=\d)(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/;

/** Seconds; undefined for anything else. */
export function parseDuration(text: string): Seconds | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}
