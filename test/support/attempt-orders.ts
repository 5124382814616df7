// Runs, stores and orders as tests of the workload and the operator need them: valid, understood by the real schemas.
import { type Parsed } from '../../src/api/parsed.ts';
import { parseRun, type TTSTrainingRun } from '../../src/api/run.ts';
import { type CheckpointStore, parseStore } from '../../src/api/store.ts';
import type { AttemptOrder } from '../../src/workload/attempt-order.ts';

type Fields = Readonly<Record<string, unknown>>;

function understood<T>(parsed: Parsed<T>): T {
  if ('ok' in parsed) return parsed.ok;
  throw new Error(parsed.problems.join('; '));
}

const stored = { uid: '6f0b7c1e-0000-4000-8000-000000000001', resourceVersion: '7', generation: 1 };
const creationTimestamp = '2026-11-22T12:00:00Z';

/** The run voice/xiaoyi-zh with this trainer and spec beside the least that is needed. */
export function sampleRun(trainer: Fields = {}, spec: Fields = {}): TTSTrainingRun {
  const image = 'registry.example/f5-tts@sha256:aa';
  return understood(
    parseRun({
      metadata: { ...stored, creationTimestamp, namespace: 'voice', name: 'xiaoyi-zh' },
      spec: { ...spec, trainer: { image, checkpointDir: '/workspace/ckpts', ...trainer } },
    }),
  );
}

/** The store main, in bucket voice-ckpts below prod. */
export function sampleStore(spec: Fields = {}, s3: Fields = {}): CheckpointStore {
  return understood(
    parseStore({
      metadata: { ...stored, creationTimestamp, name: 'main' },
      spec: {
        s3: { endpoint: 'http://10.88.0.1:7070', bucket: 'voice-ckpts', prefix: 'prod', ...s3 },
        agentCredentials: { secretName: 'reprise-store' },
        ...spec,
      },
    }),
  );
}

/** Attempt 1 of the run, knowing nothing of any checkpoint. */
export const sampleOrder = (run: TTSTrainingRun = sampleRun()): AttemptOrder => ({
  run,
  store: sampleStore(),
  agent: { image: 'registry.example/reprise:0.1.0', pullPolicy: 'IfNotPresent' },
  clusterUid: 'cluster-uid',
  attempt: { number: 1, expected: undefined, rollback: undefined, predecessor: undefined },
});
