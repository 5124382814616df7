// pins/<attempt>-<update>.json: a pin that outlives the run object. Written by the operator from spec.pins, or by a person for a run
// that is gone.
import { z } from 'zod';
import { update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';
import { instant } from './instant.ts';

const schema = z.object({
  version: z.literal(1),
  /** The run whose spec it came from, or that is gone. */
  runUid: z.string().min(1),
  attempt: z.int32().min(1),
  update,
  /** Why, for people. */
  reason: z.string().nullable(),
  /** By the store's clock; null = until it is removed. */
  until: instant.nullable(),
  /** When it was first written. */
  since: instant,
  /** The checkpoints it held then, relative to the run's prefix. */
  keys: z.array(z.string()).readonly(),
});

export type PinDocument = z.output<typeof schema>;

export const pinDocument: DocumentCodec<PinDocument> = documentCodec(
  schema,
  'Put it back as it was, or remove it, which ends the pin.',
);
