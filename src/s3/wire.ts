// One keep-alive connection that reads the bodies of answers into its own memory and hands them to a sink before it reads on: no
// parser, no stream, no buffer per read. That is the whole back-pressure; reading is never paused (Node would lose the place).
import type { Socket } from 'node:net';
import { TimeoutError } from './deadline.ts';
import type { Dial } from './dial.ts';
import { type Accept, Reception, type WireAnswer } from './reception.ts';
import type { WireRequest } from './wire-head.ts';

/** What a wire needs to know. */
export interface WireParts {
  readonly dial: Dial;
  readonly connectMilliseconds: number;
  /** A connection on which nothing arrives for so long is given up. */
  readonly idleMilliseconds: number;
}

/** Large enough that libuv empties a full socket in one or two reads. */
const slabBytes = 1024 * 1024;
/** TLS records are gathered up to here: more would not stay in the CPU's cache. */
const gatheredBytes = 256 * 1024;
/** TLS hands out one record at a time, whatever the room. */
const recordBytes = 16 * 1024;

class ConnectionLostError extends Error {
  readonly code = 'ECONNRESET';
}

interface Exchange {
  readonly reception: Reception;
  readonly settle: (outcome: { readonly answer: WireAnswer } | { readonly cause: unknown }) => void;
}

interface Line {
  readonly socket: Socket;
  readonly origin: string;
  readonly secure: boolean;
}

/** One exchange at a time. Close it when no further one will come. */
export class Wire {
  readonly #parts: WireParts;
  readonly #slab = Buffer.allocUnsafeSlow(slabBytes);
  /** Bytes of the slab that wait to be taken. */
  #fill = 0;
  #reads = 0;
  #line: Line | undefined;
  #exchange: Exchange | undefined;

  constructor(parts: WireParts) {
    this.#parts = parts;
  }

  /**
   * Sends a request and receives its answer. Rejects with the connection's error, what `accept` or its sink threw, or the
   * signal's reason, and then calls the sink no more; what had arrived before a connection broke has been handed over.
   */
  async exchange(request: WireRequest, accept: Accept, signal: AbortSignal): Promise<WireAnswer> {
    signal.throwIfAborted();
    if (this.#exchange !== undefined) throw new Error('a wire carries one exchange at a time');
    const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
    const abort = (): void => this.#fail(signal.reason, 'discard');
    signal.addEventListener('abort', abort, { once: true });
    const settle: Exchange['settle'] = (outcome) => {
      signal.removeEventListener('abort', abort);
      if ('answer' in outcome) resolve(outcome.answer);
      else reject(outcome.cause);
    };
    this.#fill = 0;
    this.#exchange = { reception: new Reception(accept), settle };
    this.#lineTo(request).socket.write(request.head, 'latin1');
    return promise;
  }

  /** Ends the connection; an exchange under way fails. */
  close(): void {
    this.#fail(new ConnectionLostError('the wire was closed'), 'discard');
  }

  #lineTo({ secure, host, port }: WireRequest): Line {
    const { dial, connectMilliseconds, idleMilliseconds } = this.#parts;
    const origin = `${secure ? 'https' : 'http'}://${host}:${port}`;
    if (this.#line?.origin === origin) {
      this.#line.socket.setTimeout(idleMilliseconds);
      return this.#line;
    }
    this.#drop();
    const socket: Socket = dial(
      { secure, host, port },
      {
        buffer: () => this.#slab.subarray(this.#fill),
        callback: (length) => {
          if (this.#line?.socket === socket) this.#received(length);
          return true;
        },
      },
    );
    this.#line = { socket, origin, secure };
    socket.setTimeout(connectMilliseconds);
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.setTimeout(idleMilliseconds));
    this.#listen(socket);
    return this.#line;
  }

  #listen(socket: Socket): void {
    const guarded = (react: () => void) => (): void => {
      if (this.#line?.socket === socket) react();
    };
    const lost = (): void => this.#fail(new ConnectionLostError('the connection ended early'), 'keep');
    socket.on('error', (error) => guarded(() => this.#fail(error, 'keep'))());
    socket.on(
      'end',
      guarded(() => (this.#exchange?.reception.end() === true ? this.#finish() : lost())),
    );
    socket.on('close', guarded(lost));
    socket.on('timeout', () => {
      // a sink that blocked this thread must not pass for a silent server: sockets are read before this is judged
      const reads = this.#reads;
      const judge = guarded(() => {
        if (this.#reads === reads)
          this.#fail(new TimeoutError(`nothing arrived for ${socket.timeout} ms`), 'keep');
      });
      setImmediate(judge);
    });
  }

  /** Called by the socket with the bytes it has put behind the waiting ones. A throw from here would end the process. */
  #received(length: number): void {
    this.#reads += 1;
    this.#fill += length;
    const exchange = this.#exchange;
    // nothing was asked: whatever it is, it is not ours
    if (exchange === undefined) return this.#drop();
    if (this.#mayWait(exchange.reception)) return;
    try {
      if (exchange.reception.take(this.#slab.subarray(0, this.#fill))) this.#fill = 0;
    } catch (cause) {
      return this.#fail(cause, 'discard');
    }
    if (exchange.reception.answer !== undefined) this.#finish();
  }

  /** TLS records are gathered, so that a write to the disk is worth its call. */
  #mayWait({ expected }: Reception): boolean {
    const isFull = this.#fill + recordBytes > gatheredBytes;
    return this.#line?.secure === true && expected > this.#fill && !isFull;
  }

  #finish(): void {
    const exchange = this.#exchange;
    const answer = exchange?.reception.answer;
    if (exchange === undefined || answer === undefined) return;
    this.#exchange = undefined;
    const isReusable = answer.keepAlive && !exchange.reception.surplus && isLengthFramed(answer);
    if (isReusable) this.#line?.socket.setTimeout(0);
    else this.#drop();
    exchange.settle({ answer });
  }

  #fail(cause: unknown, waiting: 'keep' | 'discard'): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#drop();
    if (exchange === undefined) return;
    if (waiting === 'discard' || exchange.reception.expected === 0) return exchange.settle({ cause });
    try {
      exchange.reception.take(this.#slab.subarray(0, this.#fill));
      exchange.settle({ cause });
    } catch (sinkCause) {
      exchange.settle({ cause: sinkCause });
    }
  }

  #drop(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.socket.destroy();
  }
}

/** Only then is it known where the next answer begins. */
const isLengthFramed = ({ headers }: WireAnswer): boolean =>
  headers['transfer-encoding'] === undefined && headers['content-length'] !== undefined;
