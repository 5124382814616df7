// How a body's bytes go out: handed to the socket piece by piece, since TLS keeps an encrypted copy of all it was handed, and no
// faster than the upload may go. A part is not hashed a second time where TLS guards it.
import { Readable } from 'node:stream';
import type { UploadPartCommand } from '@aws-sdk/client-s3';
import { record } from './record.ts';
import type { Throttle } from './throttle.ts';

export interface Slicing {
  readonly sliceBytes: number;
  readonly throttle: Throttle | undefined;
  /** Of the try. */
  readonly signal: AbortSignal;
}

/** Over plain HTTP the signature must cover the body: nothing else would. */
export function leaveUnsignedOverTls(command: UploadPartCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = record(args.request);
      if (request['protocol'] === 'https:')
        Object.assign(record(request['headers']), { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' });
      return next(args);
    },
    { step: 'build', name: 'leavePayloadUnsigned' },
  );
}

/** Where the body is replaced: after it was signed, so that the signed Content-Length stays that of the whole. */
export const lastBeforeSending = { step: 'deserialize', priority: 'low', name: 'sendInSlices' } as const;

/** Replaces a request's body by its slices. */
export function sliceBody(signed: unknown, slicing: Slicing): void {
  const request = record(signed);
  const { body } = request;
  if (body instanceof Uint8Array) Object.assign(request, { body: new SlicedBody(body, slicing) });
}

/**
 * A body that the SDK pipes into the request. Node's own pipe waits for a `drain` after each slice, the last one too, and a
 * server that has answered by then makes Node forget it: the request would never end, and its socket never be free again.
 */
class SlicedBody extends Readable {
  readonly #bytes: Uint8Array;
  readonly #slicing: Slicing;

  constructor(bytes: Uint8Array, slicing: Slicing) {
    super({ read() {} });
    this.#bytes = bytes;
    this.#slicing = slicing;
  }

  override pipe<T extends NodeJS.WritableStream>(request: T): T {
    // a request that breaks or is given up tells so itself
    this.#send(request).catch(() => undefined);
    return request;
  }

  async #send(request: NodeJS.WritableStream): Promise<void> {
    const { sliceBytes, throttle, signal } = this.#slicing;
    for (let at = 0; ;) {
      const slice = this.#bytes.subarray(at, at + sliceBytes);
      at += slice.length;
      await throttle?.pass(slice.length, signal);
      if (at >= this.#bytes.length) {
        request.end(slice);
        return;
      }
      await accepted(request, slice);
    }
  }
}

/** Resolves once the socket has taken the slice. */
const accepted = (request: NodeJS.WritableStream, slice: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    request.write(slice, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
