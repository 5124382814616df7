// status.retention of a TTSTrainingRun: what stays of its checkpoints, what goes, when, and what waits for a person's word.
import { z } from 'zod';
import { mostPolicies } from '../domain/run/retention-words.ts';
import type { RetentionStatus } from '../domain/run/status.ts';
import { bytes, manySeconds, number } from './counts.ts';
import { instant, text } from './scalars.ts';

const amount = {
  checkpoints: number().describe('Checkpoints.'),
  bytes: bytes().describe('Their size together, in bytes.'),
};

const approval = z.object({
  digest: text(64).describe('The value of the annotation reprise.dev/approve that agrees to their deletion.'),
  ...amount,
});

/** status.retention */
export const retentionStatus = z.object({
  policies: z
    .array(text(253))
    .max(mostPolicies)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(`The CheckpointRetentionPolicies that select the run, at most ${mostPolicies}; absent: none.`)
    .exactOptional(),
  graceSeconds: manySeconds()
    .describe(
      'Seconds that a checkpoint stays condemned before it goes; absent while nothing may be deleted.',
    )
    .exactOptional(),
  kept: z.object(amount).describe('What stays.'),
  condemned: z.object(amount).describe('What goes after the grace, unless it waits for approval.'),
  audit: z
    .object(amount)
    .describe('What of kept would go if every policy of mode Audit were enforced; absent: nothing.')
    .exactOptional(),
  approval: approval
    .describe('What of condemned waits until somebody agrees, being too much at once; absent: nothing.')
    .exactOptional(),
  nextDeletionTime: instant
    .describe('When the first of condemned goes; absent while none may.')
    .exactOptional(),
}) satisfies z.ZodType<RetentionStatus>;
