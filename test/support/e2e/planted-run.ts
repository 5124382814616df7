// What a run would have left in the bucket, put there by a test: run.json, attempt.json and a checkpoint, as our programs write them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { formatAttemptId, type AttemptId } from '../../../src/domain/bucket/keys.ts';
import { type AttemptDocument, attemptDocument } from '../../../src/wire/attempt-document.ts';
import { formatCheckpointMetadata } from '../../../src/wire/checkpoint-metadata.ts';
import { type RunDocument, runDocument } from '../../../src/wire/run-document.ts';
import { train } from '../tiny-trainer.ts';
import { plant } from './bucket.ts';
import type { RunName } from './run-view.ts';
import { type RunManifest, weightArgs } from './training-run.ts';

export const formerUid = '5eed0001-0000-4000-8000-000000000000';

/** A run.json of an unfinished run. */
export const markerText = (
  { namespace, name }: RunName,
  facts: Pick<RunDocument, 'clusterUid' | 'highestAttempt'>,
): string =>
  runDocument.format({
    version: 1,
    namespace,
    name,
    runUid: formerUid,
    labels: {},
    phase: 'Running',
    ...facts,
  });

/** An attempt.json, of a start from scratch unless said. */
export const originText = (attempt: AttemptId, facts: Partial<AttemptDocument> = {}): string =>
  attemptDocument.format({
    version: 1,
    attempt,
    runUid: formerUid,
    podUid: formerUid,
    resumedFrom: null,
    initializedFrom: null,
    rollback: null,
    skipped: [],
    image: 'registry.example/f5-tts:1.1',
    gpus: 0,
    restoreSeconds: 1,
    waitedSeconds: 0,
    ...facts,
  });

/** The key of an attempt's document below its run's prefix. */
export const originKey = (attempt: AttemptId): string => `attempts/${formatAttemptId(attempt)}/attempt.json`;

/** Puts a model_last.pt of an attempt there. Returns its key below the run's prefix. */
export async function plantLast(
  run: RunName,
  {
    attempt,
    update,
    body,
  }: { readonly attempt: AttemptId; readonly update: number; readonly body: Uint8Array },
): Promise<string> {
  const key = `attempts/${formatAttemptId(attempt)}/last/model_${update}.pt`;
  const facts = { kind: 'Last', parent: '', worldSize: 1, plannedUpdates: update } as const;
  const metadata = formatCheckpointMetadata({ crc32: crc32(body), update, ...facts });
  await plant(run, { key, body, metadata });
  return key;
}

/** Puts an object there that initializeFrom can name. */
export async function plantSource(
  { namespace }: RunName,
  { object, body }: { readonly object: string; readonly body: Uint8Array },
): Promise<void> {
  await plant({ namespace, name: '_objects' }, { key: object, body });
}

/** The Step that the run's training saves at this update. */
export async function stepAt(update: number, manifest: RunManifest): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-step-'));
  try {
    const { code, stderr } = await train(folder, weightArgs(manifest));
    if (code !== 0) throw new Error(`it did not train: ${stderr}`);
    return readFileSync(join(folder, `model_${update}.pt`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
