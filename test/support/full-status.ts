// A status with every field set, so that nothing the operator writes can be pruned by the CRD unnoticed.
import type { RunStatus } from '../../src/domain/run/status.ts';

const savedAt = '2026-11-22T10:00:00Z';

export const fullStatus: Required<RunStatus> = {
  observedGeneration: 1,
  phase: 'Running',
  message: 'attempt 4 on gpu-7, resumed from update 55000 after eviction; 410 updates unsaved',
  conditions: [
    {
      type: 'CheckpointAvailable',
      status: 'True',
      reason: 'Saved',
      message: '',
      lastTransitionTime: savedAt,
      observedGeneration: 1,
    },
  ],
  store: 'main',
  attempt: 4,
  failures: 0,
  disruptions: 2,
  suspendRequestedAt: savedAt,
  handledRetry: '',
  workload: '9f31c2aa',
  resumePoint: {
    key: 'prod/voice/run/attempts/0003-9f31c2aa/last/model_55000.pt',
    attempt: 3,
    update: 55_000,
    kind: 'Last',
    sizeBytes: 5_394_161_632,
    savedAt,
  },
  progress: {
    update: 57_210,
    plannedUpdates: 120_000,
    percent: 47,
    updatesPerSecond: '1.6',
    eta: '10h53m',
    unsavedUpdates: 410,
    observedAt: savedAt,
    advancedAt: savedAt,
  },
  checkpoints: {
    count: 6,
    bytes: 32_364_969_792,
    newest: [
      { update: 55_000, attempt: 3, kind: 'Last', sizeBytes: 5_394_161_632, savedAt, verdict: 'Locked' },
      { update: 50_000, attempt: 3, kind: 'Step', sizeBytes: 5_394_161_632, savedAt, verdict: 'Condemned' },
    ],
  },
  attempts: [
    { number: 4 },
    {
      number: 3,
      node: 'gpu-7',
      pod: 'run-3-x7k2p',
      cause: 'Evicted',
      exitCode: 143,
      startedAt: savedAt,
      endedAt: savedAt,
      resumedFrom: {
        key: 'prod/voice/run/attempts/0002-00000000/steps/model_40000.pt',
        attempt: 2,
        update: 40_000,
      },
      endUpdate: 57_210,
      savedUpdate: 55_000,
      lostUpdates: 2210,
      lostUpdatesIsLowerBound: true,
      message: 'its pod was evicted',
      repeats: 2,
    },
  ],
  totals: {
    attempts: 4,
    disruptions: 3,
    failures: 0,
    lostUpdates: 2210,
    reclaimedBytes: 10_788_323_264,
    activeSeconds: 7200,
  },
};
