// What an interrupted pull leaves beside its part file, so that the next one goes on: of which version of which object the parts
// are, and the CRC32 each had when it was written.
import { z } from 'zod';
import { sizeBytes } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

const schema = z.object({
  version: z.literal(1),
  /** The s3:// address. */
  object: z.string().min(1),
  etag: z.string().min(1),
  sizeBytes,
  partBytes: z.int().min(1),
  /** Parts that are there, by their index. */
  parts: z.array(z.object({ index: z.int().min(0), crc32: z.int().min(0).max(0xffffffff) })).max(1_000_000),
});

export type PullJournal = z.output<typeof schema>;

export const pullJournal: DocumentCodec<PullJournal> = documentCodec(
  schema,
  'Remove it: the download then begins anew.',
);
