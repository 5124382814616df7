// What a plan tells its run's owner beside the rulings: pins that protect nothing, limits that cannot be kept. With the cure.
import { formatBytes } from '../size.ts';
import type { Shortfall } from './ceilings.ts';
import type { PlannedRetention } from './plan.ts';
import type { Pin } from './rules.ts';

/** How many pins a note names. */
const named = 5;

/** Sentences; none when there is nothing to tell. */
export const noteworthy = ({
  unmatchedPins,
  bucketPins,
  shortfalls,
}: Pick<PlannedRetention, 'unmatchedPins' | 'bucketPins' | 'shortfalls'>): readonly string[] => [
  ...(bucketPins.length === 0 ? [] : [besideSpec(bucketPins)]),
  ...(unmatchedPins.length === 0 ? [] : [unmatched(unmatchedPins)]),
  ...shortfalls.map(unmet),
];

const besideSpec = (pins: readonly Pin[]): string =>
  `The bucket keeps pins that hold beside spec.pins, of a former run of this name or not to be read: ${namesOf(pins)}; kubectl reprise unpin RUN@UPDATE lets go of one.`;

const unmatched = (pins: readonly Pin[]): string =>
  `spec.pins names what is not there, so that it protects nothing: ${namesOf(pins)}; correct or remove it.`;

function namesOf(pins: readonly Pin[]): string {
  const names = pins
    .slice(0, named)
    .map(({ update, attempt }) => `update ${update}${attempt === 0 ? '' : ` of attempt ${attempt}`}`);
  return `${names.join(', ')}${pins.length > named ? ` and ${pins.length - named} more` : ''}`;
}

function unmet({ limit, allowed, left }: Shortfall): string {
  const because =
    'because what is left is locked, pinned, kept by a floor or no step checkpoint. Raise it, or remove pins.';
  switch (limit) {
    case 'MaxBytes':
      return `maxBytes cannot be kept: ${formatBytes(left)} stay, though ${formatBytes(allowed)} are allowed, ${because}`;
    case 'MaxCheckpoints':
      return `maxCheckpointsPerRun cannot be kept: ${left} checkpoints stay, though ${allowed} are allowed, ${because}`;
    case 'MaxPins':
      return `spec.pins has ${left} pins, though maxPinsPerRun allows ${allowed}: they hold all the same, but remove those that are not needed.`;
  }
}
