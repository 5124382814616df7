// Text out of a file's bytes, strictly: bytes that are not UTF-8 are no text. Checkpoints hold tens of thousands of short
// strings, and the strict decoder alone costs more than all the rest of reading them.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** These bytes as a buffer that shares their memory. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The text in [start, end); undefined when it is not UTF-8. */
export function utf8Text(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  // Bytes that are not UTF-8 come out as U+FFFD; whether one stood there already, only the strict decoder tells.
  if (!text.includes('\uFFFD')) return text;
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
