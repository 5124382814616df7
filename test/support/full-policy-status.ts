// A policy's status with every field set, so that nothing the operator writes can be pruned by the CRD unnoticed.
import type { PolicyStatus } from '../../src/domain/retention/policy-status.ts';

const at = '2026-11-22T10:00:00Z';

export const fullPolicyStatus: Required<PolicyStatus> = {
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Audited',
      message: '',
      lastTransitionTime: at,
      observedGeneration: 1,
    },
  ],
  runs: 12,
  stoppedRuns: 1,
  kept: { checkpoints: 300, bytes: 900 },
  condemned: { checkpoints: 7, bytes: 70 },
  audit: { checkpoints: 40, bytes: 400 },
  reclaimedBytes: 5_394_161_632,
  reclaimedCostPerMonth: '0.12',
  capacity: { bytes: 1000, usedBytes: 970, percent: 97 },
  orphans: { runs: 2, bytes: 20, nextDeletionTime: at },
  nextDeletionTime: at,
  countedAt: at,
};
