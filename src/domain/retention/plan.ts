// Which checkpoints of a run stay and why: one pure function, for the sweep and for whoever asks. When in doubt, keep.
import { formatAttemptId } from '../bucket/keys.ts';
import type { Seconds } from '../units.ts';
import type { Shortfall } from './ceilings.ts';
import { type Draft, draftRetention, type RetentionQuestion, type Stopped } from './draft.ts';
import { type Marked, pinnedPlaces } from './locks.ts';
import { type Judgement, judgementOf } from './reasons.ts';
import { secondsToChange } from './ripening.ts';
import { isInForce, type Pin } from './rules.ts';
import type { SavedCheckpoint } from './standing.ts';

/** One checkpoint with its verdict and every reason for and against it. */
export interface Ruling<C extends SavedCheckpoint = SavedCheckpoint> extends Judgement {
  readonly checkpoint: C;
  /** What it would be if every policy that is only audited were enforced, where that is another verdict. */
  readonly audit?: Judgement;
}

export interface PlannedRetention<C extends SavedCheckpoint = SavedCheckpoint> {
  readonly kind: 'Planned';
  /** On every checkpoint once: those on the lineage, newest first, then the abandoned ones. */
  readonly rulings: readonly Ruling<C>[];
  /** When time alone changes a ruling; undefined = never. */
  readonly changesInSeconds: Seconds | undefined;
  /** Limits that cannot be kept. */
  readonly shortfalls: readonly Shortfall[];
  /** Pins that name no checkpoint there is. */
  readonly unmatchedPins: readonly Pin[];
  /** Pins beside those of the spec that hold a checkpoint. */
  readonly bucketPins: readonly Pin[];
}

export type RetentionPlan<C extends SavedCheckpoint = SavedCheckpoint> = PlannedRetention<C> | Stopped;

/** The rulings on every checkpoint of the run, or why none may be made. */
export function planRetention<C extends SavedCheckpoint>(question: RetentionQuestion<C>): RetentionPlan<C> {
  const draft = draftRetention(question);
  return draft.kind === 'Stopped' ? draft : finishPlan(draft);
}

/** The draft in words. */
export function finishPlan<C extends SavedCheckpoint>(draft: Draft<C>): PlannedRetention<C> {
  const { standing, question, shortfalls, storeTime } = draft;
  const names = (pin: Pin): boolean => pinnedPlaces(standing, pin).length > 0;
  return {
    kind: 'Planned',
    rulings: rulingsOf(draft),
    changesInSeconds: secondsToChange(draft),
    shortfalls,
    unmatchedPins: (question.pins ?? []).filter((pin) => !names(pin)),
    bucketPins: (question.bucketPins ?? []).filter((pin) => isInForce(pin, storeTime) && names(pin)),
  };
}

/** The marks in words. */
export const rulingsOf = <C extends SavedCheckpoint>({ standing, marks }: Marked<C>): readonly Ruling<C>[] =>
  standing.order.map((checkpoint, at) => ruling(checkpoint, judgementOf(marks[at] ?? 0)));

const ruling = <C extends SavedCheckpoint>(checkpoint: C, { verdict, reasons }: Judgement): Ruling<C> => ({
  checkpoint,
  verdict,
  reasons,
});

/** How a ruling reads to a person. */
export const describeRuling = ({ checkpoint, verdict, reasons }: Ruling): string =>
  `${formatAttemptId(checkpoint.attempt)} ${checkpoint.kind} ${checkpoint.update}: ${verdict} (${reasons.join(', ')})`;
