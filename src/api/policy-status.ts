// status of a CheckpointRetentionPolicy: what it comes to for the runs it selects. A view, written by the operator alone.
import { z } from 'zod';
import { mostPlacesTold, type PolicyStatus } from '../domain/retention/policy-status.ts';
import { bytes, number } from './counts.ts';
import { condition } from './kubernetes/meta.ts';
import { instant, text } from './scalars.ts';

const amount = z.object({
  checkpoints: number().describe('Checkpoints.'),
  bytes: bytes().describe('Their size together, in bytes.'),
});

const capacity = z.object({
  bytes: bytes().describe('spec.capacity.bytes, in bytes.'),
  usedBytes: bytes().describe('What the selected runs have together, orphans included, in bytes.'),
  percent: number().describe('usedBytes of bytes, in percent; more than 100 while it is exceeded.'),
});

const orphans = z.object({
  runs: number().describe('Runs that are gone and have checkpoints left.'),
  bytes: bytes().describe('What these weigh together, in bytes.'),
  nextDeletionTime: instant
    .describe('When the first of it may go; absent while none ever does.')
    .exactOptional(),
  approval: z
    .object({
      checkpoints: number().describe('Checkpoints that wait.'),
      digest: text(64).describe(
        'Names all of them: the value of the annotation reprise.dev/approve that agrees.',
      ),
      places: z
        .array(text(400))
        .max(mostPlacesTold)
        .meta({ 'x-kubernetes-list-type': 'atomic' })
        .describe(`Where they lie, as store/namespace/run; at most ${mostPlacesTold}.`),
    })
    .describe('What of it waits for approval.')
    .exactOptional(),
});

/** status of a CheckpointRetentionPolicy */
export const policyStatus = z.object({
  observedGeneration: z.int().describe('Generation of the spec this status speaks of.'),
  conditions: z
    .array(
      condition.extend({
        type: z
          .enum(['Ready', 'CapacitySatisfied', 'ApprovalNeeded', 'LockedObjects'])
          .describe('Type of the condition.'),
      }),
    )
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Conditions: Ready, CapacitySatisfied, ApprovalNeeded, LockedObjects.'),
  runs: number().describe('Runs that the policy selects.').exactOptional(),
  stoppedRuns: number()
    .describe('Of these, the runs of which nothing may be deleted; absent: none.')
    .exactOptional(),
  kept: amount
    .describe('What stays of the selected runs, by everything that holds for them.')
    .exactOptional(),
  condemned: amount
    .describe('What goes of the selected runs after the grace, by everything that holds for them.')
    .exactOptional(),
  audit: amount
    .describe(
      'What of kept would go if every policy of mode Audit were enforced; absent unless this one is of that mode.',
    )
    .exactOptional(),
  reclaimedBytes: bytes()
    .describe('What retention has deleted of the selected runs over their lives, in bytes.')
    .exactOptional(),
  reclaimedCostPerMonth: text(32)
    .describe('What these would cost in a month by pricePerGiBMonth of their stores; absent without a price.')
    .exactOptional(),
  capacity: capacity.describe('How full spec.capacity is; absent without it.').exactOptional(),
  orphans: orphans.describe('What selected runs that are gone have left.').exactOptional(),
  nextDeletionTime: instant
    .describe('When the first of condemned goes; absent while nothing is condemned.')
    .exactOptional(),
  countedAt: instant.describe('When this was first counted; later counts found the same.').exactOptional(),
}) satisfies z.ZodType<PolicyStatus>;
