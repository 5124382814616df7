// How a document says a moment: RFC 3339 in UTC.
import { z } from 'zod';
import { formatTime, parseTime } from '../domain/time.ts';

/** A moment in whole seconds. */
export const instant = z.codec(z.string(), z.number(), {
  decode: (text, context) => {
    const at = parseTime(text);
    if (at !== undefined) return at;
    context.issues.push({ code: 'custom', input: text, message: `"${text}" is not a time in UTC` });
    return z.NEVER;
  },
  encode: formatTime,
});
