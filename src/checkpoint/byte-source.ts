// What a checkpoint is read from: a local file, or ranged GETs of an object. A type only; the adapters do the reading.

/**
 * Random access to bytes of a known size.
 *
 * `read` resolves to `length` bytes from `offset`; to fewer only where the source has become shorter than `size` since it
 * was opened (a trainer truncates in place). It rejects when the bytes could not be had for another reason: such an error
 * says nothing about the checkpoint, and readers pass it on untouched.
 */
export interface ByteSource {
  /** Bytes in the source when it was opened. */
  readonly size: number;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * As `read`, into memory the caller owns; tells how many bytes there were. Whoever passes over a whole file reads so where
   * it can: memory of its own for each read would cost more than the bytes are worth looking at.
   */
  readInto?(offset: number, into: Uint8Array, signal?: AbortSignal): Promise<number>;
}
