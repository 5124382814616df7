// Memory that is used again: of parts under way, since sockets that stay open hold on to what they sent last and each upload would
// add its own, and of answers, since each page of a listing would leave its bytes to be collected. What nobody uses may be collected
// at any time.

export class SpareBuffers {
  #idle: readonly WeakRef<Buffer>[] = [];

  /** A buffer of exactly this length, with any content. */
  take(length: number): Buffer {
    const live = this.#idle.flatMap((reference) => reference.deref() ?? []);
    const found = live.find((buffer) => buffer.length >= length);
    this.#idle = live.filter((buffer) => buffer !== found).map((buffer) => new WeakRef(buffer));
    return found?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
  }

  /** Takes back what no request uses any more. */
  give(buffers: readonly Buffer[]): void {
    const whole = buffers.map((buffer) => new WeakRef(Buffer.from(buffer.buffer)));
    this.#idle = [...this.#idle, ...whole];
  }
}
