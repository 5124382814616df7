// How a part's bytes go out: not hashed a second time where TLS guards them, and handed to the socket piece by piece, since TLS
// keeps an encrypted copy of all it was handed.
import { Readable } from 'node:stream';
import type { UploadPartCommand } from '@aws-sdk/client-s3';
import { record } from './record.ts';

const sliceBytes = 256 * 1024;

/** Prepares one command; the signed Content-Length stays that of the whole part. */
export function sendInSlices(command: UploadPartCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = record(args.request);
      // over plain HTTP the signature must cover the body: nothing else would
      if (request['protocol'] === 'https:')
        Object.assign(record(request['headers']), { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' });
      return next(args);
    },
    { step: 'build', name: 'leavePayloadUnsigned' },
  );
  command.middlewareStack.add(
    (next) => (args) => {
      const request = record(args.request);
      const body = request['body'];
      if (body instanceof Uint8Array)
        Object.assign(request, { body: Readable.from(slices(body), { objectMode: false }) });
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'sendInSlices' },
  );
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}
