// A TTSTrainingRun read into the facts that decisions rest on.
import { annotations } from '../api/names.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import { gpusOf } from '../workload/agent-environment.ts';
import { retentionRules } from './retention-facts.ts';
import { workloadFingerprint } from '../workload/fingerprint.ts';
import { parseTime } from '../domain/time.ts';
import type { Pin } from '../domain/retention/rules.ts';
import type { InitialSource, RunFacts } from '../domain/run/facts.ts';
import { retryLimit } from '../domain/run/status.ts';

/** The facts of a run. */
export function runFacts({ metadata, spec, status }: TTSTrainingRun): RunFacts {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? {},
    retry: metadata.annotations?.[annotations.retry]?.slice(0, retryLimit),
    approved: metadata.annotations?.[annotations.approve],
    spec: {
      store: spec.store,
      suspend: spec.suspend,
      suspendMode: spec.suspendMode,
      suspendDeadlineSeconds: spec.suspendDeadlineSeconds,
      activeDeadlineSeconds: spec.activeDeadlineSeconds,
      maxFailures: spec.restart.maxFailures,
      maxDisruptions: spec.restart.maxDisruptions,
      hungAfterSeconds: spec.restart.hungAfterSeconds,
      onHung: spec.restart.onHung,
      gpus: gpusOf(spec),
      acceptWorldSize: spec.restart.acceptWorldSize,
      nodeLostAfterSeconds: spec.restart.nodeLostAfterSeconds,
      checkpointDir: spec.trainer.checkpointDir,
      modelLastEverySeconds: spec.sync.modelLastEverySeconds,
      retention: retentionRules(spec.retention),
      pins: pinsOf(spec.pins),
      initializeFrom: initialSource(spec.initializeFrom),
      rollback: spec.rollback,
      deletionPolicy: spec.deletionPolicy,
      workload: workloadFingerprint(spec),
    },
    status,
  };
}

/** spec.initializeFrom, of which the API server lets exactly one of run and object through. */
function initialSource(from: TTSTrainingRun['spec']['initializeFrom']): InitialSource | undefined {
  if (from === undefined) return undefined;
  const { run, object, update, mode } = from;
  if (run !== undefined) return { mode, source: { is: 'Run', run, update } };
  return object === undefined ? undefined : { mode, source: { is: 'Object', object } };
}

const pinsOf = (pins: TTSTrainingRun['spec']['pins'] = []): readonly Pin[] =>
  pins.map(({ update, attempt, reason, until }) => ({
    update,
    attempt,
    reason,
    until: until === undefined ? undefined : parseTime(until),
  }));
