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
  if (body instanceof Uint8Array)
    Object.assign(request, { body: Readable.from(slicesOf(body, slicing), { objectMode: false }) });
}

async function* slicesOf(
  bytes: Uint8Array,
  { sliceBytes, throttle, signal }: Slicing,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    const slice = bytes.subarray(at, at + sliceBytes);
    try {
      await throttle?.pass(slice.length, signal);
    } catch {
      // the request was given up, which ends it; a stream that fails as well would have nobody to tell
      return;
    }
    yield slice;
  }
}
