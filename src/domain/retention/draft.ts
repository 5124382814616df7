// A run's checkpoints with everything that speaks for and against each of them, before it is put into words. What spans several
// runs (capacity) is added to drafts.
import type { AttemptOrigin } from '../bucket/lineage.ts';
import type { Dependent } from '../run/facts.ts';
import type { Instant } from '../units.ts';
import { type Ceiling, markCeilings, type Shortfall } from './ceilings.ts';
import { type Floor, markFloor, markKeeps } from './keeps.ts';
import { markLocks, markNamed, type Marked } from './locks.ts';
import { marksOf } from './reasons.ts';
import { type Pin, type RetentionRules, type RulesInForce, rulesInForce } from './rules.ts';
import {
  type CheckpointName,
  readStanding,
  type SavedAttempt,
  type SavedCheckpoint,
  type Standing,
} from './standing.ts';
import { judgeStops, type StopQuestion } from './stops.ts';

/** Everything that retention of one run rests on. The attempts are from a complete listing. */
export interface RetentionQuestion<C extends SavedCheckpoint = SavedCheckpoint> extends StopQuestion {
  readonly attempts: readonly SavedAttempt<C>[];
  readonly origins: readonly AttemptOrigin[];
  /** Undefined = nothing is declared, by the run or for it. */
  readonly rules: RetentionRules | undefined;
  readonly floor?: Floor | undefined;
  /** The policies' limits; the run's own maxBytes stands in its rules. */
  readonly ceiling?: Ceiling | undefined;
  readonly succeeded: boolean;
  /** The newest attempt number that may still be choosing what to resume from; undefined when none lives. */
  readonly startingAttempt: number | undefined;
  /** spec.pins */
  readonly pins?: readonly Pin[];
  /** Pins that the bucket keeps beside those of the spec: of a former run of this name, or not to be understood. */
  readonly bucketPins?: readonly Pin[];
  /** What restore could not use, as every attempt.json names it. */
  readonly foundBad?: readonly CheckpointName[];
  /** The checkpoints that a pending rollback goes back to. */
  readonly rollbackTargets?: readonly CheckpointName[];
  /** Runs that wait to be initialised from this one. */
  readonly dependents?: readonly Dependent[];
  /** What the last look at the whole store took for a policy's capacity. */
  readonly evicted?: readonly CheckpointName[];
}

export interface Draft<C extends SavedCheckpoint = SavedCheckpoint> extends Marked<C> {
  readonly kind: 'Drafted';
  readonly standing: Standing<C>;
  readonly question: RetentionQuestion<C>;
  readonly rules: RulesInForce;
  readonly ceiling: Ceiling;
  readonly storeTime: Instant;
  readonly shortfalls: readonly Shortfall[];
}

export interface Stopped {
  readonly kind: 'Stopped';
  readonly why: string;
}

const foundBad = marksOf('FoundBad');
const capacity = marksOf('Capacity');

/** Marks every checkpoint of the run, or says why nothing may be deleted. */
export function draftRetention<C extends SavedCheckpoint>(
  question: RetentionQuestion<C>,
): Draft<C> | Stopped {
  const stops = judgeStops(question);
  if ('why' in stops) return { kind: 'Stopped', why: stops.why };
  const reading = readStanding(question.attempts, question.origins);
  if (reading.kind === 'Unreadable')
    return { kind: 'Stopped', why: `the lineage cannot be read: ${reading.why}` };
  const { standing } = reading;
  const { storeTime } = stops;
  const marked: Marked<C> = { standing, marks: standing.order.map(() => 0) };
  const rules = rulesInForce(question.rules, question.succeeded);
  const ceiling = ceilingOf(question);
  markNamed(marked, question.foundBad ?? [], foundBad);
  markLocks(marked, { ...locksOf(question), storeTime });
  markFloor(marked, question.floor ?? {}, storeTime);
  markKeeps(marked, rules, storeTime);
  const shortfalls = [...markCeilings(marked, ceiling, storeTime), ...tooManyPins(question, storeTime)];
  markNamed(marked, question.evicted ?? [], capacity);
  return { ...marked, kind: 'Drafted', question, rules, ceiling, storeTime, shortfalls };
}

function tooManyPins({ pins = [], ceiling }: RetentionQuestion, storeTime: Instant): readonly Shortfall[] {
  const allowed = ceiling?.maxPins ?? Infinity;
  const left = pins.filter(({ until = Infinity }) => until > storeTime).length;
  return left > allowed ? [{ limit: 'MaxPins', allowed, left }] : [];
}

/** The lower of the run's own limit and the policies'. */
function ceilingOf({ rules, ceiling = {} }: RetentionQuestion): Ceiling {
  const maxBytes = Math.min(rules?.maxBytes ?? Infinity, ceiling.maxBytes ?? Infinity);
  return { ...ceiling, maxBytes: maxBytes === Infinity ? undefined : maxBytes };
}

function locksOf(question: RetentionQuestion): Omit<Parameters<typeof markLocks>[1], 'storeTime'> {
  const { succeeded, dependents = [], rollbackTargets = [] } = question;
  const pins = pinsOf(question);
  return { succeeded, pins, dependents, rollbackTargets, isStarting: isStarting(question) };
}

/** All that bind. */
export const pinsOf = ({
  pins = [],
  bucketPins = [],
}: Pick<RetentionQuestion, 'pins' | 'bucketPins'>): readonly Pin[] => [...pins, ...bucketPins];

// Until its attempt.json exists, a starting attempt may be reading any candidate.
function isStarting({ startingAttempt, origins }: RetentionQuestion): boolean {
  if (startingAttempt === undefined) return false;
  return !origins.some(({ id }) => id.number >= startingAttempt);
}
