// The user metadata of a checkpoint object: what a HEAD tells without reading the file.
import { z } from 'zod';
import type { CheckpointKind } from '../domain/bucket/keys.ts';
import type { Update } from '../domain/units.ts';

export interface CheckpointMetadata {
  /** CRC32 of the whole object; undefined when the archive could not be verified. */
  readonly crc32: number | undefined;
  readonly update: Update;
  readonly kind: CheckpointKind;
  /** The folder of the attempt that saved it; absent in objects of older versions. */
  readonly attempt?: string | undefined;
  /** The folder of the attempt it descends from; empty for a start from scratch. */
  readonly parent: string;
  readonly worldSize: number | undefined;
  readonly plannedUpdates: Update | undefined;
}

const whole = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,15})$/)
  .transform(Number)
  .optional()
  .catch(undefined);

const schema = z.object({
  'reprise-crc32': z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .transform((hex) => Number.parseInt(hex, 16))
    .optional()
    .catch(undefined),
  'reprise-update': whole,
  'reprise-kind': z.enum(['Last', 'Step']).optional().catch(undefined),
  'reprise-attempt': z.string().optional(),
  'reprise-parent': z.string().optional(),
  'reprise-world-size': whole,
  'reprise-planned-updates': whole,
});

/** The metadata as S3 carries it: lower-case names, ASCII values, unknown facts left out. */
export function formatCheckpointMetadata(facts: CheckpointMetadata): Readonly<Record<string, string>> {
  return {
    ...(facts.crc32 === undefined ? {} : { 'reprise-crc32': facts.crc32.toString(16).padStart(8, '0') }),
    'reprise-update': String(facts.update),
    'reprise-kind': facts.kind,
    ...(facts.attempt === undefined ? {} : { 'reprise-attempt': facts.attempt }),
    'reprise-parent': facts.parent,
    ...(facts.worldSize === undefined ? {} : { 'reprise-world-size': String(facts.worldSize) }),
    ...(facts.plannedUpdates === undefined
      ? {}
      : { 'reprise-planned-updates': String(facts.plannedUpdates) }),
  };
}

/** What can be understood of an object's metadata; another writer's or damaged values are left out, never guessed. */
export function parseCheckpointMetadata(
  metadata: Readonly<Record<string, string>>,
): Partial<CheckpointMetadata> {
  const read = schema.parse(metadata);
  return {
    crc32: read['reprise-crc32'],
    worldSize: read['reprise-world-size'],
    plannedUpdates: read['reprise-planned-updates'],
    ...(read['reprise-update'] === undefined ? {} : { update: read['reprise-update'] }),
    ...(read['reprise-kind'] === undefined ? {} : { kind: read['reprise-kind'] }),
    ...(read['reprise-attempt'] === undefined ? {} : { attempt: read['reprise-attempt'] }),
    ...(read['reprise-parent'] === undefined ? {} : { parent: read['reprise-parent'] }),
  };
}
