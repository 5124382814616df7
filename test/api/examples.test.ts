// The examples are valid, and say only what the CRDs know.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { policyManifest } from '../../src/api/policy.ts';
import { runManifest } from '../../src/api/run.ts';
import { storeManifest } from '../../src/api/store.ts';
import type { Manifest } from '../support/api-objects.ts';

const folder = join(import.meta.dirname, '../../examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

interface Example {
  readonly file: string;
  readonly kind: string;
  readonly object: Manifest;
}

const documents: readonly Example[] = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    const object: Manifest = document.toJS();
    return { file, kind: object.kind, object };
  }),
);

const schemas = {
  TTSTrainingRun: runManifest,
  CheckpointStore: storeManifest,
  CheckpointRetentionPolicy: policyManifest,
} as const;

describe('the examples', () => {
  test('are a quickstart, F5-TTS runs, a store, a policy and the rights of people', () => {
    const kinds = documents.map(({ file, kind }) => `${file} ${kind}`);
    expect(kinds).toEqual([
      'checkpoint-store.yaml Namespace',
      'checkpoint-store.yaml CheckpointStore',
      'f5-tts.yaml TTSTrainingRun',
      'quickstart.yaml TTSTrainingRun',
      'retention-policy.yaml CheckpointRetentionPolicy',
      'user-roles.yaml ClusterRole',
      'user-roles.yaml ClusterRole',
      'user-roles.yaml ClusterRole',
      'warm-start.yaml TTSTrainingRun',
    ]);
  });

  test.each(documents.filter(({ kind }) => kind in schemas))('$file: $kind is valid', ({ kind, object }) => {
    const read = schemas[kind as keyof typeof schemas].safeParse(object);
    expect(read.error?.issues ?? []).toEqual([]);
    expect(read.data).toMatchObject(object);
  });
});
