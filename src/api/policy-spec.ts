// spec of a CheckpointRetentionPolicy: what an administrator says of many runs at once. How several come together is decided in
// domain/retention; every field is explained in docs/retention.md.
import { z } from 'zod';
import { labelSelector } from './kubernetes/meta.ts';
import { policyDefaults } from './retention-spec.ts';
import { ruled } from './rules.ts';
import { day, seconds, sizeQuantity } from './scalars.ts';

const decade = 10 * 365 * day;

const selector = z.object({
  namespaces: labelSelector.describe('Namespaces, by their labels; default: all.').exactOptional(),
  runs: labelSelector.describe('Runs in them, by their labels; default: all.').exactOptional(),
});

const floor = z.object({
  keepNewest: z
    .int32()
    .min(1)
    .max(10_000)
    .describe('The newest step checkpoints that every run keeps, whatever its own rules and every limit say.')
    .exactOptional(),
  minAgeSeconds: seconds(0, decade)
    .describe('Seconds that every step checkpoint stays after it was saved, likewise.')
    .exactOptional(),
});

const ceiling = z.object({
  maxCheckpointsPerRun: z
    .int32()
    .min(1)
    .max(100_000)
    .describe('Most checkpoints a run keeps; beyond it step checkpoints are thinned out.')
    .exactOptional(),
  maxBytesPerRun: sizeQuantity.describe('Most bytes a run keeps, such as 2Ti, likewise.').exactOptional(),
  maxAgeSeconds: seconds(1, decade)
    .describe('Age beyond which a checkpoint goes, whatever keep rules say.')
    .exactOptional(),
  maxPinsPerRun: z
    .int32()
    .min(0)
    .max(256)
    .describe('Most pins a run should have. More of them hold all the same, and are told.')
    .exactOptional(),
});

const percent = (min: number): z.ZodInt32 => z.int32().min(min).max(100);

const capacity = ruled(
  z.object({
    bytes: sizeQuantity.describe('Room for the checkpoints of all selected runs together, such as 40Ti.'),
    highThresholdPercent: percent(1)
      .default(95)
      .describe('Share of it above which checkpoints are taken for it (default 95).'),
    lowThresholdPercent: percent(1)
      .default(90)
      .describe('Share of it down to which they are taken then (default 90).'),
  }),
  [
    {
      cel: 'self.lowThresholdPercent <= self.highThresholdPercent',
      message: 'lowThresholdPercent must not be above highThresholdPercent: lower it, or raise the other',
      holds: ({ lowThresholdPercent, highThresholdPercent }) => lowThresholdPercent <= highThresholdPercent,
      fieldPath: '.lowThresholdPercent',
    },
  ],
);

const orphans = z.object({
  deleteAfterSeconds: seconds(day, decade).describe(
    'Seconds that the checkpoints of a run which is gone stay from when it was first missed; at least a day.',
  ),
  includeRetained: z
    .boolean()
    .default(false)
    .describe('true takes also what runs with deletionPolicy Retain left (default false).'),
});

/** When newly condemned checkpoints wait for a person. */
export const approveAbove = z.object({
  percent: percent(0).describe("Share of the run's checkpoints."),
  checkpoints: z.int32().min(0).max(100_000).describe('Number of checkpoints.'),
});

/** spec of a CheckpointRetentionPolicy */
export const policySpec = z.object({
  selector: selector.describe('Of which runs it speaks.'),
  mode: z
    .enum(['Audit', 'Enforce', 'Off'])
    .default('Audit')
    .describe(
      'Audit (default) only says what this policy would take, Enforce takes it, "Off" (in quotes, since YAML reads Off as false) does neither. The floor, the grace and the approval hold in both.',
    ),
  floor: floor.describe('What nobody undercuts; of several policies the higher value holds.').exactOptional(),
  ceiling: ceiling
    .describe('What nobody exceeds; of several policies the lower value holds.')
    .exactOptional(),
  defaults: policyDefaults
    .describe('Rules of runs that have no spec.retention; one policy alone may have them for a run.')
    .exactOptional(),
  capacity: capacity
    .describe('Room of all selected runs together; one policy alone may have it for a run.')
    .exactOptional(),
  orphans: orphans.describe('When the checkpoints of runs that are gone go; default: never.').exactOptional(),
  uploads: z
    .object({
      abortAfterSeconds: seconds(day, decade).describe(
        'Seconds after which an unfinished upload is given up.',
      ),
    })
    .describe('What becomes of multipart uploads that never end.')
    .exactOptional(),
  graceSeconds: seconds(0, 30 * day)
    .describe(
      "Seconds that a checkpoint stays condemned before it goes; only more than the operator's own grace counts.",
    )
    .exactOptional(),
  approveAbove: approveAbove
    .describe(
      "More checkpoints of a run newly condemned at once than both wait for approval; default: the operator's.",
    )
    .exactOptional(),
});
