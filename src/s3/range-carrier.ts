// Fetches one range over a wire: the SDK makes and signs the request and reads every refusal; the body of the range itself goes from
// the socket to the sink and never through the SDK. An answer that is not exactly the range asked for is refused at its head.
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectRange } from '../ports/objects.ts';
import { parseContentRange } from './body.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { judgeRange } from './documents.ts';
import type { Accept, Sink } from './reception.ts';
import { BadAnswerError } from './trouble.ts';
import type { Wire } from './wire.ts';
import { type AnswerHead, formatRequest, framingOf } from './wire-head.ts';

export interface CarriedRange {
  readonly range: ObjectRange;
  /** Size of the whole object. */
  readonly sizeBytes: number;
  readonly sink: Sink;
}

/** Resolves once the sink has taken the whole range; see {@link Wire.exchange} for what it rejects with. */
export async function carryRange(
  bucket: Bucket,
  { wire, carried }: { readonly wire: Wire; readonly carried: CarriedRange },
  options: TryOptions,
): Promise<void> {
  const { key, etag, offset, length } = carried.range;
  const command = new GetObjectCommand({
    Bucket: bucket.name,
    Key: key,
    IfMatch: etag,
    Range: `bytes=${offset}-${offset + length - 1}`,
  });
  // innermost on this one command: it takes the place of the SDK's HTTP handler
  command.middlewareStack.add(
    () => async (args) => {
      const request = formatRequest(args.request);
      const { status, headers, body } = await wire.exchange(request, accept(carried), options.abortSignal);
      return { response: { statusCode: status, headers, body: Readable.from([body]) } };
    },
    { step: 'deserialize', priority: 'low', name: 'bodyToSink' },
  );
  await bucket.client.send(command, options);
}

/** The sink for the range that was asked for; no sink for a refusal, which the SDK reads. */
const accept =
  ({ range, sizeBytes, sink }: CarriedRange): Accept =>
  (head) => {
    if (head.status >= 300) return undefined;
    judgeRange({ ...range, sizeBytes }, parseContentRange(head.headers['content-range']));
    requireLength(head, range.length);
    return sink;
  };

function requireLength(head: AnswerHead, length: number): void {
  const framing = framingOf(head);
  if (framing.is === 'length' && framing.bytes !== length)
    throw new BadAnswerError(`a body of ${framing.bytes} bytes for a range of ${length}`);
}
