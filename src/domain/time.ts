// The codec of times in status and documents: RFC 3339 in UTC, whole seconds, as Kubernetes writes them. The domain has no Date.
import type { Instant } from './units.ts';

const dayMs = 86_400_000;
const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/** `2026-11-22T10:15:30Z`; fractions of a second are cut off. */
export function formatTime(at: Instant): string {
  const days = Math.floor(at / dayMs);
  const seconds = Math.floor((at - days * dayMs) / 1000);
  const { year, month, day } = dateOf(days);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock.map((part) => pad(part, 2)).join(':')}Z`;
}

/** The same with microseconds (`2026-11-22T10:15:30.123000Z`): a MicroTime must have exactly six digits, or the API server refuses it. */
export const formatMicroTime = (at: Instant): string =>
  formatTime(at).replace('Z', `.${pad(Math.floor(at) - Math.floor(at / 1000) * 1000, 3)}000Z`);

/** The first whole second by which what was true at the instant is true. */
export const formatTimeAfter = (at: Instant): string => formatTime(at + 999);

/** The instant of an RFC 3339 time in UTC, fractions kept to the millisecond; undefined for anything else. */
export function parseTime(text: string): Instant | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const part = (nth: number): number => Number(match[nth]);
  const [year, month, day] = [part(1), part(2), part(3)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const [hour, minute, second] = [part(4), part(5), part(6)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const thousandths = match[7] === undefined ? 0 : Number(match[7].padEnd(3, '0').slice(0, 3));
  return daysTo(year, month, day) * dayMs + (hour * 3600 + minute * 60 + second) * 1000 + thousandths;
}

const daysIn = (year: number, month: number): number =>
  month === 12 ? 31 : daysTo(year, month + 1, 1) - daysTo(year, month, 1);

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March,
// so that the leap day is the last of its year.
function daysTo(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}
