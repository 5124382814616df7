// The tables of good and bad objects (test/fixtures/api), as objects: zod and the API server are asked about the very same ones.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { apiVersion, policyNames, runNames, storeNames } from '../../src/api/names.ts';

export type Tree = { readonly [field: string]: unknown };

export interface Manifest extends Tree {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Tree & { readonly name: string };
  readonly spec: Tree;
}

interface Row {
  readonly name: string;
  readonly metadata?: Tree;
  readonly spec?: Tree | null;
}

interface BadRow extends Row {
  readonly field: string;
  readonly says?: string;
  readonly serverSays?: string;
  readonly serverOnly?: boolean;
}

export interface GoodObject {
  readonly name: string;
  readonly object: Manifest;
}

/** An object to be refused: at which field, and with which words (all rows have one of the two). */
export interface BadObject extends GoodObject {
  readonly field: string;
  /** words of our own rule, said by zod and the API server alike */
  readonly says: string | undefined;
  /** words of the API server's own check */
  readonly serverSays: string | undefined;
  readonly serverOnly: boolean;
}

/** The smallest run that is accepted. */
export const smallestRun: Manifest = {
  apiVersion,
  kind: runNames.kind,
  metadata: { name: 'run', namespace: 'voice' },
  spec: { trainer: { image: 'registry.example/f5-tts:1', checkpointDir: '/workspace/ckpts/run' } },
};

/** The smallest store that is accepted. */
export const smallestStore: Manifest = {
  apiVersion,
  kind: storeNames.kind,
  metadata: { name: 'main' },
  spec: { s3: { bucket: 'voice-ckpts' }, agentCredentials: { secretName: 'reprise-store' } },
};

/** The smallest policy that is accepted. */
export const smallestPolicy: Manifest = {
  apiVersion,
  kind: policyNames.kind,
  metadata: { name: 'voice' },
  spec: { selector: {} },
};

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `patch` laid over `base` as a JSON merge patch (RFC 7386): null removes. */
function overlay(base: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  const start = isTree(base) ? base : {};
  const kept = Object.entries(start).filter(([field]) => patch[field] === undefined);
  const laid = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => [field, overlay(start[field], value)]);
  return Object.fromEntries([...kept, ...laid]);
}

const objectOf = (base: Manifest, { metadata = {}, spec = {} }: Row): Manifest =>
  overlay(base, { metadata, spec }) as Manifest;

function rowsOf(file: string): readonly BadRow[] {
  return parse(readFileSync(join(import.meta.dirname, '../fixtures/api', file), 'utf8'));
}

const badObjects = (file: string, base: Manifest): readonly BadObject[] =>
  rowsOf(file).map((row) => {
    if (row.says === undefined && row.serverSays === undefined)
      throw new Error(`${file}: ${row.name} says nothing`);
    const { name, field, says, serverSays, serverOnly = false } = row;
    return { name, field, says, serverSays, serverOnly, object: objectOf(base, row) };
  });

const goodObjects = (file: string, base: Manifest): readonly GoodObject[] =>
  rowsOf(file).map((row) => ({ name: row.name, object: objectOf(base, row) }));

export const badRuns: readonly BadObject[] = badObjects('bad-runs.yaml', smallestRun);
export const badStores: readonly BadObject[] = badObjects('bad-stores.yaml', smallestStore);
export const badPolicies: readonly BadObject[] = badObjects('bad-policies.yaml', smallestPolicy);
export const goodRuns: readonly GoodObject[] = goodObjects('good-runs.yaml', smallestRun);
export const goodStores: readonly GoodObject[] = goodObjects('good-stores.yaml', smallestStore);
export const goodPolicies: readonly GoodObject[] = goodObjects('good-policies.yaml', smallestPolicy);

/** The object as the API server would store it: with what it adds to metadata. */
export const asStored = (object: Manifest): Tree => ({
  ...object,
  metadata: {
    ...object.metadata,
    uid: '5a0e9f6c-0000-4000-8000-000000000000',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-22T10:00:00Z',
  },
});
