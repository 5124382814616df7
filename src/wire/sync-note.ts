// What sync leaves for itself on the scratch volume, so that a restarted container goes on where the one before was cut off.
// Only a hint: what it names is proven again, and what it does not name is given up.
import { z } from 'zod';
import { sizeBytes, update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

/** Its name in the private directory. */
export const syncNoteName = 'sync.json';

const content = {
  kind: z.enum(['Last', 'Step']),
  update,
  sizeBytes,
  /** CRC32 of the whole file. */
  crc32: z.int().min(0).max(0xffff_ffff),
};

const schema = z.object({
  version: z.literal(1),
  /** The snapshot that was proven and is not sent yet; null when there is none. */
  held: z.object({ name: z.string().min(1), ...content }).nullable(),
  /** The uploads whose parts the store keeps. */
  uploads: z.array(z.object({ ...content, uploadId: z.string().min(1) })),
});

export type SyncNote = z.output<typeof schema>;

export const syncNote: DocumentCodec<SyncNote> = documentCodec(schema, 'It is made anew.');
