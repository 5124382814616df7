// A size as the API takes it (40Gi, "512M", 1000), as a number of bytes.
import type { Bytes } from '../domain/units.ts';

const factors: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The bytes of a validated size, at most what a number holds exactly. */
export function parseSize(size: number | string): Bytes {
  const [, digits = '0', unit = ''] = /^([0-9]+)([a-zA-Z]*)$/.exec(String(size)) ?? [];
  return Math.min(Number(digits) * (factors[unit] ?? 1), Number.MAX_SAFE_INTEGER);
}
