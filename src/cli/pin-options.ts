// What pin and unpin are told: RUN@UPDATE, the attempt, until when. A time is understood or refused, never guessed.
import { formatTime, parseTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import type { PinWish } from '../domain/bucket/pin-choice.ts';
import { clusterOptions } from './cluster-access.ts';
import type { ArgumentSpec, CommandInput, OptionSpec } from './command.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './errors.ts';
import { storeOptions } from './store-access.ts';
import { requireRun } from './target.ts';

export const pinnedArgument: ArgumentSpec = {
  name: 'RUN@UPDATE',
  help: 'name of a TTSTrainingRun, there or gone, and the update of its checkpoint',
  required: true,
};

/** The options of both commands beside their own. */
export const pinOptions: readonly OptionSpec[] = [
  { name: 'attempt', value: 'N', help: "the attempt that saved it (default: the lineage's)" },
  {
    name: 'store',
    value: 'NAME',
    help: 'CheckpointStore of a run that is gone (default: the default store, or the only one)',
  },
  { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print one JSON object' },
  ...clusterOptions,
  ...storeOptions,
];

export interface NamedPin extends PinWish {
  readonly name: string;
}

/** @throws UsageError */
export function readPinned(input: CommandInput): NamedPin {
  const text = input.arguments[0] ?? '';
  const { name, update } = requireRun(text);
  if (update === undefined || update === 0)
    throw new UsageError(`"${text}" names no update: write RUN@UPDATE, such as ${name}@40000`);
  const given = input.text('attempt');
  if (given !== undefined && !/^[1-9][0-9]{0,8}$/.test(given))
    throw new UsageError(`--attempt is "${given}": it must be the number of an attempt, from 1`);
  return { name, update, attempt: given === undefined ? undefined : Number(given) };
}

const most = 256;

/** @throws UsageError */
export function readReason(input: CommandInput): string {
  const reason = input.text('reason')?.trim() ?? '';
  if (reason === '')
    throw new UsageError('--reason is missing: say why it must stay, so that others know when it may go');
  if (reason.length > most) throw new UsageError(`--reason is longer than ${most} characters: shorten it`);
  return reason;
}

const daySeconds = 86_400;
const form =
  'write a time in UTC such as 2027-01-31T00:00:00Z, a day such as 2027-01-31, or how long, such as 30d or 12h';

/** When the pin ends, by the clock it is given; undefined = not by itself. @throws UsageError */
export function readUntil(input: CommandInput): (now: Instant) => Instant | undefined {
  const text = input.text('until');
  if (text === undefined) return () => undefined;
  const days = /^([1-9][0-9]{0,4})d$/.exec(text)?.[1];
  const seconds = days === undefined ? parseDuration(text) : Number(days) * daySeconds;
  if (seconds !== undefined) return (now) => inFuture(text, Math.floor(now / 1000 + seconds) * 1000, now);
  const at = parseTime(/^[0-9-]{10}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined) throw new UsageError(`--until is "${text}": ${form}`);
  return (now) => inFuture(text, Math.floor(at / 1000) * 1000, now);
}

function inFuture(text: string, at: Instant, now: Instant): Instant {
  if (at > now) return at;
  throw new UsageError(
    `--until is "${text}", which is over: the store's clock says ${formatTime(now)}. A pin that has ended holds nothing`,
  );
}
