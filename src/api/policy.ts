// The CheckpointRetentionPolicy as an object of the API server, and how one that is read is understood.
import { z } from 'zod';
import { apiVersion, policyNames } from './names.ts';
import { manifestMeta, storedMeta } from './object-meta.ts';
import { type Parsed, parseObject } from './parsed.ts';
import { policySpec } from './policy-spec.ts';
import { policyStatus } from './policy-status.ts';

const spec = policySpec.describe('Which checkpoints of many runs stay, at least and at most.');
const status = policyStatus.describe('What the operator counted; written by it alone.').exactOptional();

/** A policy as people write it: what the CRD is made of. */
export const policyManifest = z
  .object({
    apiVersion: z.literal(apiVersion),
    kind: z.literal(policyNames.kind),
    metadata: manifestMeta,
    spec,
    status,
  })
  .describe('A CheckpointRetentionPolicy says of many runs which of their checkpoints stay.');

const storedPolicy = z.object({
  apiVersion: z.literal(apiVersion).exactOptional(),
  kind: z.literal(policyNames.kind).exactOptional(),
  metadata: storedMeta,
  spec,
  status,
});

/** A policy as the API server gives it. */
export type CheckpointRetentionPolicy = z.output<typeof storedPolicy>;

/** Understands a policy as the API server gave it. One admitted by an older or newer schema may have problems. */
export const parsePolicy = (value: unknown): Parsed<CheckpointRetentionPolicy> =>
  parseObject(storedPolicy, value);

/** Understands a policy as a person wrote it into a file. */
export const parsePolicyManifest = (value: unknown): Parsed<z.output<typeof policyManifest>> =>
  parseObject(policyManifest, value);
