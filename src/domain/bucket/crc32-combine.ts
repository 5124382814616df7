// The CRC32 of two byte strings joined, from their CRC32s alone: a whole object's from its parts'. Reads no bytes.

const polynomial = 0xedb88320;
const one = 0x80000000; // x^0; CRC-32 keeps its coefficients in reflected order

/** a·b modulo the CRC-32 polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor;
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ polynomial : factor >>> 1;
  }
  return product >>> 0;
}

/** x^(2^n) for n = 0 … 31; the sequence repeats from there, so any length can use it. */
const squares: readonly number[] = (() => {
  const powers = [0x40000000];
  for (let n = 1; n < 32; n += 1) {
    const last = powers[n - 1] ?? one;
    powers.push(multiply(last, last));
  }
  return powers;
})();

/** x^(8·bytes): what appending that many bytes does to a CRC. */
function shift(bytes: number): number {
  let power = one;
  let remaining = bytes;
  for (let n = 3; remaining > 0; n += 1) {
    if (remaining % 2 === 1) power = multiply(squares[n % 32] ?? one, power);
    remaining = Math.floor(remaining / 2);
  }
  return power;
}

/**
 * The CRC32 of A followed by B, given CRC32(A), CRC32(B) and the length of B in bytes (zlib's crc32_combine).
 * The empty string is neutral: its CRC32 is 0 and its length 0.
 */
export function crc32Combine(first: number, second: number, secondLength: number): number {
  return (multiply(shift(secondLength), first) ^ second) >>> 0;
}
