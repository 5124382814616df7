// The CheckpointStore as an object of the API server, and how one that the operator reads is understood.
import { z } from 'zod';
import { apiVersion, storeNames } from './names.ts';
import { manifestMeta, storedMeta } from './object-meta.ts';
import { type Parsed, parseObject } from './parsed.ts';
import { storeSpec, storeStatus } from './store-spec.ts';

const spec = storeSpec.describe('Where checkpoints are kept, and who may use the place.');
const status = storeStatus.describe('What the operator found; written by it alone.').exactOptional();

/** A store as people write it: what the CRD is made of. */
export const storeManifest = z
  .object({
    apiVersion: z.literal(apiVersion),
    kind: z.literal(storeNames.kind),
    metadata: manifestMeta,
    spec,
    status,
  })
  .describe('A CheckpointStore is a place in an S3 bucket where the checkpoints of runs are kept.');

const storedStore = z.object({
  apiVersion: z.literal(apiVersion).exactOptional(),
  kind: z.literal(storeNames.kind).exactOptional(),
  metadata: storedMeta,
  spec,
  status,
});

/** A store as the API server gives it. */
export type CheckpointStore = z.output<typeof storedStore>;

/** Understands a store as the API server gave it. One admitted by an older or newer schema may have problems. */
export const parseStore = (value: unknown): Parsed<CheckpointStore> => parseObject(storedStore, value);
