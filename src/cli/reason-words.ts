// The reasons of a ruling as sentences, each with the value that it goes by and who says so. What they mean in full is docs/retention.md's.
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import { type Reason, sideOf, type Side } from '../domain/retention/reasons.ts';
import { isInForce, type Pin } from '../domain/retention/rules.ts';
import type { EffectiveValue, Settings } from '../domain/retention/settings.ts';
import { effectiveValues } from '../domain/retention/settings.ts';
import { formatTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import { originWords, settingWord } from './setting-words.ts';

/** What a reason rests on, of one checkpoint. */
export interface Grounds {
  readonly settings: Settings | undefined;
  readonly succeeded: boolean;
  /** The pins that name its update. */
  readonly pins: readonly Pin[];
  /** The policy whose capacity counts for its run. */
  readonly limiting: RetentionPolicy | undefined;
  readonly storeTime: Instant;
}

export interface ToldReason {
  readonly reason: Reason | 'Stopped';
  readonly speaks: Side | 'Stops';
  readonly words: string;
  /** `keepNewest 3 from policy voice-defaults`; undefined where no value is set anywhere. */
  readonly value: string | undefined;
}

/** The reason in words. */
export function tellReason(reason: Reason, grounds: Grounds): ToldReason {
  return { reason, speaks: sideOf(reason), words: words[reason], value: valueOf(reason, grounds) };
}

const words: Readonly<Record<Reason, string>> = {
  ResumePoint: 'the next attempt would start from it',
  BeforeResumePoint: 'the newest good one of an earlier update, in case the resume point turns out bad',
  AttemptStarting: 'an attempt may be reading any of them, to start from',
  RollbackTarget: 'a rollback that was asked for goes back to it',
  SourceOfRun: 'a run without a checkpoint of its own waits to be initialised from it',
  NothingOnLineage: 'the lineage holds no checkpoint: what was left behind is all there is',
  PodsLeft: 'the run is gone, but a pod of it is not',
  Pinned: 'a pin names its update',
  FloorNewest: 'among the newest Steps that a floor guards',
  FloorMinAge: 'younger than a floor lets it go',
  RunGone: 'its run has been gone for long enough',
  MaxAge: 'older than a limit allows',
  MaxCheckpoints: 'thinned out, because the run had more checkpoints than a limit allows',
  MaxBytes: 'thinned out, because the run had more bytes than a limit allows',
  Capacity: 'taken, because all runs of a policy together had more than its capacity',
  KeepModelLast: 'among the newest of kind Last',
  KeepNewest: 'among the newest Steps',
  KeepEvery: 'the first Step at or after a multiple',
  KeepWithin: "saved within a time of the run's newest checkpoint",
  KeepAbandoned: 'left behind, and not yet for long enough to go',
  MinAge: 'too young to go',
  NoStepRules: 'no rule speaks of Steps, so that all of them stay',
  OrphanYoung: 'its run is gone, but not for long enough, or not surely',
  OrphanKept: "its run is gone, and no policy's orphans speaks of what is left",
  NoRuleKeepsIt: 'nothing speaks for it',
  Abandoned: 'a rollback or a fallback left it behind: it fills no place of a keep rule',
  FoundBad: 'a restore could not use it: it fills no place of a keep rule',
  PinExpired: 'a pin names it whose time is over',
};

/** By which of the effective values a reason goes. */
const fields: Readonly<Partial<Record<Reason, string>>> = {
  FloorNewest: 'floor.keepNewest',
  FloorMinAge: 'floor.minAgeSeconds',
  MaxAge: 'ceiling.maxAgeSeconds',
  MaxCheckpoints: 'ceiling.maxCheckpoints',
  MaxBytes: 'ceiling.maxBytes',
  KeepModelLast: 'keepModelLast',
  KeepNewest: 'keepNewest',
  KeepEvery: 'keepEvery',
  KeepWithin: 'keepWithinSeconds',
  KeepAbandoned: 'keepAbandonedSeconds',
  MinAge: 'minAgeSeconds',
};

function valueOf(reason: Reason, grounds: Grounds): string | undefined {
  const { limiting, pins, storeTime } = grounds;
  if (reason === 'Pinned') return pinWords(pins.filter((pin) => isInForce(pin, storeTime)));
  if (reason === 'PinExpired') return pinWords(pins.filter((pin) => !isInForce(pin, storeTime)));
  if (reason === 'Capacity')
    return limiting === undefined
      ? undefined
      : `capacity.bytes ${limiting.capacity?.bytes} from policy ${limiting.name}`;
  const field = fields[reason];
  if (field === undefined) return undefined;
  const value = inForce(grounds).find(({ name }) => name === field || name === `rules.${field}`);
  if (value !== undefined) return settingWord(value);
  return `${field} as it is unless somebody says otherwise, from ${originWords({ is: 'BuiltIn' })}`;
}

/** The values that hold now: once the run has Succeeded, what it says of its completion takes the place of its other rules. */
function inForce({ settings, succeeded }: Grounds): readonly EffectiveValue[] {
  if (settings === undefined) return [];
  const all = effectiveValues(settings);
  const completion = 'rules.onCompletion.';
  const isCompleted = succeeded && settings.rules?.value.onCompletion !== undefined;
  return all.flatMap((value): readonly EffectiveValue[] => {
    const isOfCompletion = value.name.startsWith(completion);
    if (!value.name.startsWith('rules.')) return [value];
    if (isOfCompletion !== isCompleted) return [];
    return [isOfCompletion ? { ...value, name: value.name.replace(completion, 'rules.') } : value];
  });
}

/** The values by which none of these reasons goes, in words. */
export function silentValues(reasons: readonly string[], grounds: Grounds): readonly string[] {
  const spoken = new Set(
    Object.entries(fields).flatMap(([reason, field]) => (reasons.includes(reason) ? [field] : [])),
  );
  return inForce(grounds)
    .filter(({ name }) => /^(?:rules|floor|ceiling)\./.test(name) && name !== 'ceiling.maxPins')
    .filter(({ name }) => !spoken.has(name.replace(/^rules\./, '')))
    .map(settingWord);
}

const pinWords = (pins: readonly Pin[]): string | undefined =>
  pins.length === 0
    ? undefined
    : pins
        .map(({ reason, until }) => {
          const why = reason === undefined ? 'without a reason' : `"${reason}"`;
          return `${why}, ${until === undefined ? 'without an end' : `until ${formatTime(until)}`}`;
        })
        .join('; ');
