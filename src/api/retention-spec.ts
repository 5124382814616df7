// spec.retention and spec.pins: which checkpoints of a run stay. What the rules mean is decided in domain/retention; every field is
// explained in docs/retention.md.
import { z } from 'zod';
import { defaultMinAgeSeconds, leastModelLast } from '../domain/retention/rules.ts';
import { parseTime } from '../domain/time.ts';
import { celString, matching, ruled } from './rules.ts';
import { day, seconds, sizeQuantity, text } from './scalars.ts';

const years = (count: number): number => count * 365 * day;

const mostSteps = 10_000;
const mostUpdates = 2_000_000_000;

/** How many model_last checkpoints stay, at least `min`. */
const modelLast = (min: number): z.ZodInt32 => z.int32().min(min).max(100);

const keepNewest = (min: number): z.ZodInt32 => z.int32().min(min).max(mostSteps);

/** The keep rules that mean the same wherever they stand. */
const sharedRules = {
  keepEvery: z
    .int32()
    .min(1)
    .max(mostUpdates)
    .describe(
      'The first step checkpoint at or after every multiple of this many updates stays. Without keepNewest, keepEvery and keepWithinSeconds all stay.',
    )
    .exactOptional(),
  keepWithinSeconds: seconds(1, years(10))
    .describe(
      "Step checkpoints saved at most this many seconds before the run's newest checkpoint stay, however long ago that was.",
    )
    .exactOptional(),
  keepAbandonedSeconds: seconds(0, years(10))
    .describe(
      'Seconds that checkpoints which a rollback or a fallback left behind stay from then on; they count for no other rule. Default: 604800, and the abandoned step checkpoints of a run without any rule for steps stay for ever.',
    )
    .exactOptional(),
  minAgeSeconds: seconds(0, years(10))
    .default(defaultMinAgeSeconds)
    .describe(
      `Seconds every step checkpoint stays after it was saved, whatever the other keep rules say (default ${defaultMinAgeSeconds}).`,
    ),
};

const onCompletion = z.object({
  keepModelLast: modelLast(0)
    .describe(
      'How many of the newest model_last checkpoints stay (default 0). The final checkpoint stays in any case.',
    )
    .exactOptional(),
  keepNewest: keepNewest(0)
    .describe(
      'How many of the newest step checkpoints stay; 0 = none but the final checkpoint, if it is one. Without keepNewest, keepEvery and keepWithinSeconds all stay.',
    )
    .exactOptional(),
  ...sharedRules,
});

/** The keep rules of a run that goes on, and those of one that has Succeeded. */
const keepRules = {
  keepModelLast: modelLast(leastModelLast)
    .default(leastModelLast)
    .describe(`How many of the newest model_last checkpoints stay (default and least ${leastModelLast}).`),
  keepNewest: keepNewest(1)
    .describe(
      'How many of the newest step checkpoints stay. Without keepNewest, keepEvery and keepWithinSeconds all stay.',
    )
    .exactOptional(),
  ...sharedRules,
  onCompletion: onCompletion
    .describe('Keep rules that take the place of those above once the run has Succeeded.')
    .exactOptional(),
};

/** spec.defaults of a policy; for a limit it has its ceiling. */
export const policyDefaults = z.object(keepRules);

/** spec.retention of a run */
export const retention = z.object({
  ...keepRules,
  maxBytes: sizeQuantity
    .describe(
      'Most that the run keeps, such as 200Gi: everything counts, step checkpoints go, the one whose loss leaves the smallest gap first, the newest never. It beats the keep rules.',
    )
    .exactOptional(),
});

const utcSeconds = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;

const pin = z.object({
  update: z.int().min(1).max(999_999_999_999_999).describe('Update of the checkpoint.'),
  attempt: z
    .int32()
    .min(0)
    .default(0)
    .describe(
      "Attempt that saved it (default 0: the current lineage's, or if it has none there, any that was left behind).",
    ),
  reason: text(256).describe('Why, for people.').exactOptional(),
  until: ruled(text(20), [
    matching(utcSeconds, 'must be a time in UTC without fractions of a second, such as 2027-01-31T00:00:00Z'),
    {
      // what is no date at all fails to be read
      cel: `!self.matches(${celString(utcSeconds.source)}) || timestamp(self).getFullYear() >= 0`,
      message: 'there is no such day or time: correct it',
      holds: (time) => !utcSeconds.test(time) || parseTime(time) !== undefined,
    },
  ])
    .describe(
      "Until when, by the store's clock, such as 2027-01-31T00:00:00Z; default: until the pin is removed.",
    )
    .exactOptional(),
});

/** spec.pins of a run */
export const pins = z
  .array(pin)
  .max(256)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['update', 'attempt'] });
