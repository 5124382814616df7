// status of a TTSTrainingRun: what the operator saw, written by it alone. A view: the truth about checkpoints is in the bucket.
import { z } from 'zod';
import {
  ledgerLimit,
  listedCheckpointLimit,
  messageLimit,
  retryLimit,
  type RunStatus,
} from '../domain/run/status.ts';
import { bytes, key, number, updates } from './counts.ts';
import { condition } from './kubernetes/meta.ts';
import { ledgerEntry, totals } from './ledger-status.ts';
import { retentionStatus } from './retention-status.ts';
import { instant, text } from './scalars.ts';

/** Every value of status.phase. */
export const phases = [
  'Pending',
  'Restoring',
  'Running',
  'Restarting',
  'Stalled',
  'Suspended',
  'Succeeded',
  'Failed',
] as const;
const conditionTypes = [
  'Complete',
  'Failed',
  'Suspended',
  'Stalled',
  'CheckpointAvailable',
  'RetentionApplied',
] as const;

const kind = z.enum(['Last', 'Step']).describe('Last (was model_last.pt) or Step (was model_<update>.pt).');

const resumePoint = z.object({
  key: key().describe('Key of the object in the bucket.'),
  attempt: number().describe('Attempt that saved it.'),
  update: updates().describe('Update it was saved at, as read from inside the checkpoint.'),
  kind,
  sizeBytes: bytes().describe('Size in bytes.'),
  savedAt: instant.describe("When it was in the bucket, by the store's clock."),
});

const progress = z.object({
  update: updates().describe(
    'Newest update that the trainer was seen at or, as source says, the bucket has.',
  ),
  source: z
    .enum(['Pod', 'Bucket'])
    .describe(
      'Where this was read: Pod (the log of the running trainer, the status of its sync agent) or Bucket (the newest checkpoint saved: no trainer runs, or its pod cannot be reached).',
    )
    .exactOptional(),
  plannedUpdates: updates().describe("Updates of the trainer's whole schedule, when known.").exactOptional(),
  percent: z.int32().min(0).max(100).describe('update of plannedUpdates, in percent.').exactOptional(),
  updatesPerSecond: text(32).describe('Pace of the current attempt, as a decimal.').exactOptional(),
  eta: text(32).describe('Time left at that pace, such as 10h53m.').exactOptional(),
  unsavedUpdates: updates()
    .describe(
      'Updates since the newest checkpoint in the bucket, as far as they were seen: what a crash would have cost then, at least. Absent while it is not known what came into the bucket since.',
    )
    .exactOptional(),
  advancedAt: instant
    .describe('When the trainer was first seen at this update; absent when source is Bucket.')
    .exactOptional(),
  observedAt: instant.describe(
    'When this was seen. It is written when a percent is made, or every 60 s: the trainer may be further by now.',
  ),
});

const listedCheckpoint = z.object({
  update: updates().describe('Update it was saved at.'),
  attempt: number().describe('Attempt that saved it.'),
  kind,
  sizeBytes: bytes().describe('Size in bytes.'),
  savedAt: instant.describe("When it was in the bucket, by the store's clock."),
  verdict: z
    .enum(['Keep', 'Condemned', 'Locked'])
    .describe(
      'What retention says: Keep (a rule keeps it), Condemned (deleted after the grace time) or Locked (kept whatever the rules say).',
    ),
  audit: z
    .enum(['Condemned'])
    .describe('What it would be if every policy of mode Audit were enforced; absent: the same.')
    .exactOptional(),
});

const checkpoints = z.object({
  count: number().describe('Checkpoints in the bucket.'),
  bytes: bytes().describe('Their size together, in bytes.'),
  newest: z
    .array(listedCheckpoint)
    .max(listedCheckpointLimit)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(`The newest of them, at most ${listedCheckpointLimit}.`),
});

/** status of a TTSTrainingRun */
export const runStatus = z.object({
  observedGeneration: z.int().describe('Generation of the spec this status speaks of.'),
  phase: z.enum(phases).describe('Where the run stands, for display; programs read the conditions.'),
  message: z
    .string()
    .max(messageLimit)
    .describe('What is going on, in one sentence; if stuck, why and what to do.'),
  conditions: z
    .array(condition.extend({ type: z.enum(conditionTypes).describe('Type of the condition.') }))
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Conditions: Complete, Failed, Suspended, Stalled, CheckpointAvailable, RetentionApplied.'),
  store: text(253).describe('CheckpointStore that holds the checkpoints.').exactOptional(),
  attempt: number().describe('Largest attempt number reserved; 0 before the first.'),
  failures: number().describe('Failures since the last attempt that made progress.'),
  disruptions: number()
    .describe('Disruptions since the last attempt that made progress; absent: none.')
    .exactOptional(),
  suspendRequestedAt: instant.describe('When suspend was seen to be true.').exactOptional(),
  observedRetry: z
    .string()
    .max(retryLimit)
    .describe('Value of the reprise.dev/retry annotation that this status was written with.')
    .exactOptional(),
  handledRetry: z
    .string()
    .max(retryLimit)
    .describe('Value of the reprise.dev/retry annotation last acted upon.')
    .exactOptional(),
  workload: text(128).describe('Fingerprint of what shaped the pod of the newest attempt.').exactOptional(),
  resumePoint: resumePoint
    .describe(
      'Checkpoint the next attempt would start from; absent before the first. As last known while the condition CheckpointAvailable is AsLastRead or Missing.',
    )
    .exactOptional(),
  progress: progress.describe('How far the training is; absent before the first update.').exactOptional(),
  checkpoints: checkpoints.describe('Checkpoints in the bucket.').exactOptional(),
  retention: retentionStatus
    .describe('What retention says of them; absent while the bucket cannot be read.')
    .exactOptional(),
  attempts: z
    .array(ledgerEntry)
    .max(ledgerLimit)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(`The newest attempts, newest first, at most ${ledgerLimit}.`),
  totals: totals.describe('Sums over all attempts, also those no longer listed.'),
}) satisfies z.ZodType<RunStatus>;
