// What restore leaves beside the checkpoint it placed, for the sync of the same pod: which file is not the trainer's work.
// It lies on the scratch volume, so it outlives a restart of either container.
import { z } from 'zod';
import { attemptReference, sizeBytes, update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';

/** Its name in the private directory. */
export const placedFileName = 'placed.json';

const wideInteger = z.codec(z.string().regex(/^[0-9]{1,20}$/), z.bigint(), {
  decode: BigInt,
  encode: String,
});

const schema = z.object({
  version: z.literal(1),
  /** Null = nothing was placed: a start from scratch. */
  placed: z
    .object({
      /** The name the trainer finds it under: model_last.pt or, weights only, another. */
      name: z.string(),
      key: z.string(),
      /** The attempt of this run that saved it; null for what another run or a person put there. */
      attempt: attemptReference.nullable(),
      /** The update the trainer goes on from; 0 for weights only. */
      update,
      /** The identity of the file as it was placed; another one means that the trainer has written it. */
      inode: wideInteger,
      modifiedAt: wideInteger,
      sizeBytes,
    })
    .nullable(),
});

export type PlacedFile = z.output<typeof schema>;

export const placedFile: DocumentCodec<PlacedFile> = documentCodec(schema, 'It is made anew.');
