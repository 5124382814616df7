// How figures and foreign text are written for a person. Text from files and servers never reaches a terminal as control codes.
import { formatDuration } from '../domain/run/progress.ts';
import { formatBytes } from '../domain/size.ts';
import type { Bytes, Instant } from '../domain/units.ts';

/** `1,001,118` */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

const daySeconds = 86_400;

/** `45s`, `10h53m`, `12d`; a time in the future is `0s` old. */
export function formatAge(since: Instant, now: Instant): string {
  const seconds = Math.max(0, (now - since) / 1000);
  return seconds < 2 * daySeconds ? formatDuration(seconds) : `${Math.floor(seconds / daySeconds)}d`;
}

/** `2.1s (438 MB/s)` */
export function describePace(bytes: Bytes, milliseconds: number): string {
  const rate = milliseconds > 0 ? ` (${formatBytes(Math.round((bytes * 1000) / milliseconds))}/s)` : '';
  const seconds = milliseconds / 1000;
  return `${seconds < 10 ? `${seconds.toFixed(1)}s` : formatDuration(seconds)}${rate}`;
}

/** `1a2b3c4d` */
export const formatCrc32 = (crc32: number): string => crc32.toString(16).padStart(8, '0');

/** Control codes, and the marks that turn the direction of text. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The text in one line, with what a terminal would obey made visible. */
export const plain = (text: string): string =>
  text.replace(unprintable, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
