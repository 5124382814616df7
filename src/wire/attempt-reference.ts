// How documents name an attempt and a checkpoint of it.
import { z } from 'zod';
import { formatAttemptId, parseAttemptId } from '../domain/bucket/keys.ts';

/** An attempt by its folder name, `0003-9f31c2aa`. */
export const attemptReference = z.codec(z.string(), z.object({ number: z.int32(), pod: z.string() }), {
  decode: (text, context) => {
    const attempt = parseAttemptId(text);
    if (attempt !== undefined) return attempt;
    context.issues.push({
      code: 'custom',
      input: text,
      message: `"${text}" is not an attempt's folder name`,
    });
    return z.NEVER;
  },
  encode: formatAttemptId,
});

export const update = z.int().min(0);
export const sizeBytes = z.int().min(0);
export const instant = z.int().min(0);
