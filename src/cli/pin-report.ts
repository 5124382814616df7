// What pin and unpin have come to: a sentence for a person, the same as fixed fields for programs.
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import type { Update } from '../domain/units.ts';
import type { CommandInput } from './command.ts';
import type { NewPin } from './pin-writing.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

/** Where a pin stands: in the spec of the run, or in the bucket alone. */
export type PinHolder = 'Spec' | 'Bucket';

export interface PinReport {
  readonly name: string;
  readonly namespace: string;
  readonly pin: NewPin;
  readonly checkpoints: readonly Checkpoint[];
  readonly changed: boolean;
  /** It was condemned until now. */
  readonly rescued: boolean;
  readonly heldBy: PinHolder;
}

/** Prints it as the user asked. */
export function writePinReport({ out }: CliWorld, input: CommandInput, report: PinReport): void {
  if (input.text('output') === 'json') out.write(`${JSON.stringify(fieldsOf(report), null, 2)}\n`);
  else out.write(`${plain(sentenceOf(report))}\n`);
}

function sentenceOf({ name, pin, checkpoints, changed, rescued, heldBy }: PinReport): string {
  const { update, attempt, until, reason } = pin;
  const what = checkpoints.map(({ kind, sizeBytes }) => `${kind}, ${formatBytes(sizeBytes)}`).join('; ');
  const end = until === undefined ? '' : ` until ${formatTime(until)}`;
  const state = changed ? 'is pinned' : 'is pinned already';
  const where = heldBy === 'Bucket' ? ', in the bucket, for the run is gone' : '';
  const rescue = rescued ? ' It was condemned: now it stays.' : '';
  return `${name}@${update} of attempt ${attempt} (${what}) ${state}${end}${where}: ${reason}.${rescue}`;
}

const fieldsOf = ({ namespace, name, pin, checkpoints, changed, rescued, heldBy }: PinReport): object => ({
  namespace,
  run: name,
  changed,
  update: pin.update,
  attempt: pin.attempt,
  reason: pin.reason,
  until: pin.until === undefined ? null : formatTime(pin.until),
  heldBy,
  rescued,
  checkpoints: checkpoints.map(({ kind, sizeBytes, key }) => ({ kind, sizeBytes, key })),
});

export interface RemovedPin {
  /** 0 = the lineage's. */
  readonly attempt: number;
  readonly reason: string | undefined;
  readonly heldBy: PinHolder;
}

export interface UnpinReport {
  readonly name: string;
  readonly namespace: string;
  readonly update: Update;
  readonly removed: readonly RemovedPin[];
}

/** Prints it as the user asked. */
export function writeUnpinReport({ out }: CliWorld, input: CommandInput, report: UnpinReport): void {
  const { namespace, name, update, removed } = report;
  if (input.text('output') === 'json') {
    const fields = removed.map((one) => ({ ...one, reason: one.reason ?? null }));
    out.write(`${JSON.stringify({ namespace, run: name, update, removed: fields }, null, 2)}\n`);
    return;
  }
  const pins = removed.map(({ attempt, reason, heldBy }) => {
    const of = attempt === 0 ? "of the lineage's attempt" : `of attempt ${attempt}`;
    return `${of}${heldBy === 'Bucket' ? ', in the bucket' : ''}${reason === undefined ? '' : ` (${reason})`}`;
  });
  out.write(
    plain(`${name}@${update} is unpinned: ${pins.join('; ')}. What no rule keeps goes after the grace time.`),
  );
  out.write('\n');
}
