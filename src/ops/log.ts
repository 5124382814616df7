// The log of a program: one JSON object a line, written at once, so that the last words of a killed process are there.
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Log, LogFields } from '../ports/log.ts';
import { redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  /** Below it nothing is written. */
  readonly level: LogLevel;
  /** Which program speaks: `operator`, `restore`, `sync`. */
  readonly program: string;
  /** Where lines go; absent = standard output. */
  readonly to?: DestinationStream;
}

/** Opens the log. Credential-like values never reach it, whatever the fields are called at whatever depth. */
export function makeLog({ level, program, to }: LogOptions): Log {
  const options = {
    level,
    base: { program },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // errors are plain by then; pino's own serializer would fold their causes into one text
    serializers: { err: (plain: unknown) => plain },
  };
  return asLog(pino(options, to ?? destination({ fd: 1, sync: true })), {});
}

function asLog(logger: Logger, fixed: LogFields): Log {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      if (logger.isLevelEnabled(level)) logger[level](redact({ ...fixed, ...fields }), message);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => asLog(logger, { ...fixed, ...fields }),
  };
}
