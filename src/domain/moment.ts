// Times as people and programs write them: a day, or an RFC 3339 time with any offset. What we write ourselves is domain/time.ts's.
import { parseTime } from './time.ts';
import type { Instant } from './units.ts';

const pattern =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d)))?$/;

/** How such a time is asked for. */
export const momentWords = 'a day such as 2026-12-01, or an RFC 3339 time such as 2026-12-01T08:00:00Z';

/** The instant, a day alone standing for its beginning in UTC; undefined for anything else, and for days that do not exist. */
export function parseMoment(text: string): Instant | undefined {
  // Nearly all are: programs write them so.
  const inUtc = parseTime(text);
  if (inUtc !== undefined) return inUtc;
  const [, day, clock = '00:00:00', sign, hours = '0', minutes = '0'] = pattern.exec(text) ?? [];
  if (day === undefined) return undefined;
  const local = parseTime(`${day}T${clock}Z`);
  if (local === undefined) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? local + offset : local - offset;
}
