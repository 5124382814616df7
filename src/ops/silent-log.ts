// A log that says nothing: for programs that speak to a person, who is told in the command's own words.
import type { Log } from '../ports/log.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
