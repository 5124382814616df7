// The numbers and keys that status is made of.
import { z } from 'zod';
import { text } from './scalars.ts';

/** Key of an object in the bucket. */
export const key = (): z.ZodString => text(1024);

/** A number of updates, or the number of one. */
export const updates = (): z.ZodInt => z.int().min(0);

export const bytes = (): z.ZodInt => z.int().min(0);

/** A number of seconds without a limit. */
export const manySeconds = (): z.ZodInt => z.int().min(0);

/** A number of things. */
export const number = (): z.ZodInt32 => z.int32().min(0);
