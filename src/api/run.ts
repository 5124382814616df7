// The TTSTrainingRun as an object of the API server, and how one that the operator reads is understood.
import { z } from 'zod';
import { apiVersion, maxRunNameLength, runNames } from './names.ts';
import { manifestMeta, storedMeta } from './object-meta.ts';
import { type Parsed, parseObject } from './parsed.ts';
import { type Rule, ruled, type TransitionRule } from './rules.ts';
import { runSpec } from './run-spec.ts';
import { runStatus } from './run-status.ts';

const nameSyntax = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const nameFits: Rule<{ readonly metadata: { readonly name: string } }> = {
  cel: `self.metadata.name.size() <= ${maxRunNameLength} && self.metadata.name.matches('${nameSyntax.source}')`,
  message: `metadata.name must be a DNS label of at most ${maxRunNameLength} characters (lower-case letters, digits, '-'), because its Jobs are called <name>-<attempt>: choose a shorter or simpler name`,
  holds: ({ metadata: { name } }) => name.length <= maxRunNameLength && nameSyntax.test(name),
  fieldPath: '.metadata',
};

const notItself: Rule<{
  readonly metadata: { readonly name: string };
  readonly spec: { readonly initializeFrom?: { readonly run?: string } };
}> = {
  cel: '!has(self.spec.initializeFrom) || !has(self.spec.initializeFrom.run) || self.spec.initializeFrom.run != self.metadata.name',
  message:
    'run must be another run: this one resumes from its own checkpoints by itself; to go back to one of them set spec.rollback',
  holds: ({ metadata: { name }, spec }) => spec.initializeFrom?.run !== name,
  fieldPath: '.spec.initializeFrom.run',
};

const sourceStays: TransitionRule = {
  cel: 'has(self.spec.initializeFrom) == has(oldSelf.spec.initializeFrom) && (!has(self.spec.initializeFrom) || self.spec.initializeFrom == oldSelf.spec.initializeFrom)',
  message: 'initializeFrom is immutable: create a run of another name to start from something else',
  fieldPath: '.spec.initializeFrom',
};

const storeStays: readonly TransitionRule[] = [
  {
    cel: '!has(oldSelf.spec.store) || (has(self.spec.store) && self.spec.store == oldSelf.spec.store)',
    message:
      'store is immutable: the checkpoints of this run are there; create a run of another name to use another store',
    fieldPath: '.spec.store',
  },
  {
    cel: 'has(oldSelf.spec.store) || !has(self.spec.store) || !has(oldSelf.status) || !has(oldSelf.status.store) || self.spec.store == oldSelf.status.store',
    message:
      'store is immutable: the run already uses the default store it started with (status.store); create a run of another name to use another store',
    fieldPath: '.spec.store',
  },
];

const spec = runSpec.describe('What to train, on what, and what to keep.');
const status = runStatus.describe('What the operator saw; written by it alone.').exactOptional();

const manifest = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal(runNames.kind),
  metadata: manifestMeta,
  spec,
  status,
});

/** A run as people write it: what the CRD is made of. */
export const runManifest = ruled(manifest, [nameFits, notItself], [...storeStays, sourceStays]).describe(
  'A TTSTrainingRun is one training of F5-TTS, over all its restarts.',
);

const storedRun = z.object({
  apiVersion: z.literal(apiVersion).exactOptional(),
  kind: z.literal(runNames.kind).exactOptional(),
  metadata: storedMeta,
  spec,
  status,
});

/** A run as the API server gives it. */
export type TTSTrainingRun = z.output<typeof storedRun>;

/** Understands a run as the API server gave it. One admitted by an older or newer schema may have problems. */
export const parseRun = (value: unknown): Parsed<TTSTrainingRun> => parseObject(storedRun, value);
