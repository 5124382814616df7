// How a number of bytes is written for a person.
import type { Bytes } from './units.ts';

const units = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** `5.39 GB`, in thousands as disks and networks are sold. */
export function formatBytes(bytes: Bytes): string {
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${unit === 'B' ? value : value.toPrecision(3)} ${unit}`;
}
