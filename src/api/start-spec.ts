// Where a run starts, other than from its own newest checkpoint: initializeFrom, once, and rollback, whenever a person asks.
import { z } from 'zod';
import { exactlyOne, matching, ruled } from './rules.ts';
import { objectName, text } from './scalars.ts';

const objectSyntax = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*\.(pt|safetensors)$/;

const sourceObject = ruled(text(512), [
  matching(
    objectSyntax,
    'must be the key of a .pt or .safetensors file below <prefix>/<namespace>/_objects/, such as base/model_1250000.safetensors',
  ),
]);

const update = (min: number): z.ZodInt => z.int().min(min).max(999_999_999_999_999);

/** spec.initializeFrom */
export const initializeFrom = ruled(
  z.object({
    run: objectName
      .describe(
        'Run of the same namespace and store whose checkpoint is taken; it may be gone, if its objects are not.',
      )
      .exactOptional(),
    update: update(1).describe("Update of that run's lineage to take; default: its newest.").exactOptional(),
    object: sourceObject
      .describe('Object to take, by its key below <prefix>/<namespace>/_objects/ of the store.')
      .exactOptional(),
    mode: z
      .enum(['Resume', 'WarmStart'])
      .default('Resume')
      .describe(
        'Resume (default) takes over the whole training state and goes on counting; WarmStart takes the EMA weights alone and counts from 0.',
      ),
  }),
  [
    exactlyOne(['run', 'object']),
    {
      cel: '!has(self.update) || has(self.run)',
      message: 'update belongs to run: an object holds one update; remove update',
      holds: ({ update: wanted, run }) => wanted === undefined || run !== undefined,
      fieldPath: '.update',
    },
    {
      cel: "self.mode != 'Resume' || !has(self.object) || !self.object.endsWith('.safetensors')",
      message:
        'mode must be WarmStart for a .safetensors file: it holds weights only, no training can be resumed from it',
      holds: ({ mode, object }) => mode !== 'Resume' || object?.endsWith('.safetensors') !== true,
      fieldPath: '.mode',
    },
  ],
);

const idSyntax = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** spec.rollback */
export const rollback = ruled(
  z.object({
    update: update(0).describe(
      'Update to go back to, exactly; 0 starts from scratch, whatever initializeFrom says. What came after stays in the store, abandoned.',
    ),
    attempt: z
      .int32()
      .min(0)
      .default(0)
      .describe("Attempt that saved it, also an abandoned one; default: 0, the lineage's."),
    id: ruled(text(63), [
      matching(idSyntax, "must be letters, digits, '-', '_' and '.', with a letter or digit at both ends"),
    ]).describe('Acts once: a rollback with a new id acts again, removing it does nothing.'),
  }),
  [
    {
      cel: 'self.update > 0 || self.attempt == 0',
      message:
        'attempt must be 0 or absent with update 0, which starts from scratch: remove attempt, or name an update',
      holds: ({ update: wanted, attempt }) => wanted > 0 || attempt === 0,
      fieldPath: '.attempt',
    },
  ],
  [
    {
      cel: 'self.id != oldSelf.id || (self.update == oldSelf.update && self.attempt == oldSelf.attempt)',
      message: 'id must be a new one when update or attempt change: each id acts once',
      fieldPath: '.id',
    },
  ],
);
