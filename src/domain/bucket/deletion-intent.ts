// What the deletion of a run with deletionPolicy Delete covers: the objects of its attempts and what tells of them, never an object
// nobody knows nor what a pin holds, and run.json only when nothing else is left to do.
import type { BucketPin } from '../retention/bucket-pins.ts';
import { isInForce } from '../retention/rules.ts';
import type { Instant } from '../units.ts';
import { parseRunObject, type RunObject } from './keys.ts';

/** As run.json says it once the run is gone. */
export interface DeletionIntent {
  readonly runUid: string;
  readonly upToAttempt: number;
  /** Objects may be gone already: nobody can take over what is left. */
  readonly begun: boolean;
  /** All is gone but what pins hold. */
  readonly finished?: boolean;
  /** A policy's orphans asked for it, not the run: it holds only as long as that policy does. */
  readonly byPolicy?: true;
}

export interface Covered<T> {
  /** To be deleted first, in any order. */
  readonly objects: readonly T[];
  /** run.json: last of all, and only where nothing is pinned. */
  readonly marker: readonly T[];
  /** The checkpoints that pins hold. */
  readonly pinned: readonly T[];
  /** Neither of these: not of the attempts, or of later ones, or what the pinned ones need. It stays. */
  readonly left: readonly T[];
}

export interface CoverQuestion<T> {
  readonly intent: Pick<DeletionIntent, 'upToAttempt'>;
  /** The run's, trailing slash included. */
  readonly prefix: string;
  /** A complete one, of objects or of versions of them. */
  readonly listing: readonly T[];
  /** All that the bucket keeps. */
  readonly pins: readonly BucketPin[];
  /** The store's clock; undefined = no pin's time is known to be over. */
  readonly storeTime: Instant | undefined;
}

/** Sorts the listing. */
export function coveredBy<T extends { readonly key: string }>(question: CoverQuestion<T>): Covered<T> {
  const { intent, prefix, listing } = question;
  const found = listing.map((listed) => ({ listed, object: objectAt(prefix, listed.key) }));
  const bound = boundNames(question);
  const held = new Map(
    found.flatMap(({ object }) =>
      object?.is === 'Checkpoint' && bound.has(nameOf(object))
        ? [[nameOf(object), object.attempt.number] as const]
        : [],
    ),
  );
  const { upToAttempt } = intent;
  const toldTo = Math.max(0, ...held.values());
  const isTold = (attempt: number): boolean => attempt > upToAttempt || attempt <= toldTo;
  const rules = { upToAttempt, held, isTold };
  const byFate = Map.groupBy(found, ({ object }) => fateOf(object, rules));
  const of = (fate: Fate): readonly T[] => byFate.get(fate)?.map(({ listed }) => listed) ?? [];
  return {
    objects: of('Goes'),
    marker: held.size === 0 ? of('GoesLast') : [],
    pinned: of('Pinned'),
    left: of('Stays'),
  };
}

type Fate = 'Goes' | 'GoesLast' | 'Pinned' | 'Stays';

interface FateRules {
  readonly upToAttempt: number;
  /** The attempts of the checkpoints that pins hold, by their names. */
  readonly held: ReadonlyMap<string, number>;
  /** Whether what this attempt says of itself stays: whoever starts from a pinned one reads it of the attempts up to that. */
  readonly isTold: (attempt: number) => boolean;
}

function fateOf(object: RunObject | undefined, rules: FateRules): Fate {
  if (object === undefined) return 'Stays';
  if (object.is === 'Run') return 'GoesLast';
  if (object.is === 'Deletions') return rules.held.size === 0 ? 'Goes' : 'Stays';
  if (object.is === 'Pin')
    return rules.held.has(pinName(object.attemptNumber, object.update)) ? 'Stays' : 'Goes';
  if (object.is === 'Checkpoint') return checkpointFate(object, rules);
  return rules.isTold(object.attempt.number) ? 'Stays' : 'Goes';
}

function checkpointFate(checkpoint: CheckpointObject, { upToAttempt, held }: FateRules): Fate {
  if (held.has(nameOf(checkpoint))) return 'Pinned';
  return checkpoint.attempt.number <= upToAttempt ? 'Goes' : 'Stays';
}

type CheckpointObject = Extract<RunObject, { is: 'Checkpoint' }>;

const objectAt = (prefix: string, key: string): RunObject | undefined =>
  key.startsWith(prefix) ? parseRunObject(key.slice(prefix.length)) : undefined;

const pinName = (attempt: number, update: number): string => `${attempt}-${update}`;

const nameOf = ({ attempt, update }: CheckpointObject): string => pinName(attempt.number, update);

const boundNames = ({
  pins,
  storeTime = -Infinity,
}: Pick<CoverQuestion<unknown>, 'pins' | 'storeTime'>): ReadonlySet<string> =>
  new Set(
    pins
      .filter(({ words }) => isInForce({ until: words?.until }, storeTime))
      .map(({ attempt, update }) => pinName(attempt, update)),
  );
