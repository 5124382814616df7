// What is wrong with one removal of what a run left: nobody may need it, run.json must let nobody take it over, a policy or the run itself
// must have asked for long enough, and all goes in order.
import { pods, runs } from '../../../src/ports/kinds.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import {
  checkpointsIn,
  coverNaively,
  heldIn,
  isWish,
  type LeftMarker,
  markerIn,
  type readLeft,
  withoutCheckpoints,
} from './left-reading.ts';
import type { NaiveRecord } from './naive-record.ts';
import type { StormRun } from './storm-history.ts';
import { graceOf, stormFlags } from './storm-policies.ts';
import type { Look } from './storm-question.ts';
import type { TrueObject } from './told-bucket.ts';

export interface LeftRemoval {
  readonly at: StormRun;
  /** As it was read when the pass began. */
  readonly marker: LeftMarker;
  readonly look: Look;
  /** The newest answers of the API server in this pass, by verb and plural. */
  readonly heard: ReadonlyMap<string, readonly StoredObject[]>;
  /** When it was asked for pods of the run there was one. */
  readonly hadPods: boolean;
  /** When the pass judged it no checkpoint was there. */
  readonly wasEmpty: boolean;
  readonly gone: readonly string[];
  /** What truly lay there. */
  readonly before: readonly TrueObject[];
  /** Whether a person deleted the run with its checkpoints. */
  readonly isWished: boolean;
  /** For how many seconds the process has known of that. */
  readonly knownFor: number;
  /** What policies let go, by what the process was told last. */
  readonly reading: ReturnType<typeof readLeft>;
  /** What all its passes read. */
  readonly record: NaiveRecord | undefined;
  /** The monotonic clock of the process. */
  readonly now: number;
}

const when = (holds: boolean, why: string): readonly string[] => (holds ? [why] : []);

type Cover = ReturnType<typeof coverNaively>;

/** In words; none where nothing is wrong. */
export function complaintsOf(removal: LeftRemoval): readonly string[] {
  const { at, marker, before, look, gone } = removal;
  const { prefix } = at;
  const now = markerIn(before.find(({ key }) => key === `${prefix}run.json`)?.text);
  const isOpen = now?.runUid !== marker.runUid || !isBegun(now);
  const cover = coverNaively(look, now?.deletion?.upToAttempt ?? 0);
  const checkpoints = new Set(checkpointsIn({ prefix, objects: before }).map(({ key }) => key));
  const some = gone.filter((key) => checkpoints.has(key));
  return [
    ...when(isOpen, 'though run.json lets others take it over'),
    ...needOf(removal),
    ...(isWish(marker) ? againstWish(removal, cover) : againstPolicy(removal, some)),
    ...againstEmpty(removal),
    ...againstOrder(removal, { gone: gone.filter((key) => !checkpoints.has(key)), cover }),
  ];
}

/** Nobody can take it over any more. */
const isBegun = ({ deletion }: LeftMarker): boolean => deletion?.begun === true && deletion.finished !== true;

/** Who may need it. */
function needOf({ at, marker, heard, hadPods }: LeftRemoval): readonly string[] {
  const run = heard.get(`get ${runs.plural}`);
  const isUnasked = run === undefined || !heard.has(`list ${pods.plural}`);
  const all = [
    ...when(isUnasked, 'without asking who needs it'),
    ...when(run?.[0]?.metadata.uid === marker.runUid, 'though the run is there'),
    ...when(hadPods, 'though a pod of the run is left'),
  ];
  if (isBegun(marker)) return all;
  const mayStart = (heard.get(`list ${runs.plural}`) ?? []).some(({ spec, metadata }) => {
    const { run: source } = (spec as { initializeFrom?: { run?: string } }).initializeFrom ?? {};
    return source === at.name && metadata.namespace === at.namespace;
  });
  const mayGoOn = marker.phase !== 'Succeeded' || !isWish(marker);
  return [
    ...all,
    ...when(mayStart, 'though another run is to start from it'),
    ...when(mayGoOn && run?.[0] !== undefined, 'though a new run may go on from it'),
  ];
}

function againstWish({ at, gone, isWished, knownFor }: LeftRemoval, { goes }: Cover): readonly string[] {
  const uncovered = gone.filter((key) => !goes.has(key) && key !== `${at.prefix}run.json`);
  return [
    ...when(!isWished, 'which nobody wished'),
    ...when(knownFor < stormFlags.graceSeconds, `${knownFor} s after it knew of the wish`),
    ...uncovered.map((key) => `${key}, which the wish does not cover`),
  ];
}

function againstPolicy(
  { at, before, reading, record, now }: LeftRemoval,
  gone: readonly string[],
): readonly string[] {
  const grace = record?.governed === undefined ? Infinity : graceOf(record.governed);
  const logs = before.filter(({ key }) => key.startsWith(`${at.prefix}deletions/`));
  const logged = logs.map(({ text }) => text).join('\n');
  return gone.flatMap((key) => {
    const seconds = (now - (record?.since(key) ?? Infinity)) / 1000;
    return [
      ...when(!(reading?.condemned.has(key) === true), `${key}, which a naive reading keeps`),
      ...when(seconds < grace, `${key}, condemned for ${seconds} s instead of ${grace} s`),
      ...when(!(record?.isAdmitted(key) === true), `${key}, of which nobody approved`),
      ...(logged.includes(key.slice(at.prefix.length)) ? [] : [`${key}, which stands in no log`]),
    ];
  });
}

/** The documents of a place without checkpoints go as checkpoints would, unless they are the last of what went already. */
function againstEmpty({ marker, wasEmpty, reading, record, now }: LeftRemoval): readonly string[] {
  if (isWish(marker) || isBegun(marker) || !wasEmpty) return [];
  const grace = record?.governed === undefined ? Infinity : graceOf(record.governed);
  const seconds = (now - (record?.since(withoutCheckpoints) ?? Infinity)) / 1000;
  return [
    ...when(reading?.condemned.has(withoutCheckpoints) !== true, 'documents before their time'),
    ...when(seconds < grace, `documents, ${seconds} s after their time instead of ${grace} s`),
  ];
}

/** What is no checkpoint goes after them, and run.json last. */
function againstOrder(
  { at, marker, look, before }: LeftRemoval,
  { gone, cover: { goes, isHeld } }: { readonly gone: readonly string[]; readonly cover: Cover },
): readonly string[] {
  const key = `${at.prefix}run.json`;
  const held = heldIn(look);
  const isLeft = checkpointsIn(look).some(({ name }) => !held.has(name));
  const isLast = gone.includes(key);
  return [
    ...when(gone.length > 0 && !isWish(marker) && isLeft, 'before its checkpoints'),
    ...gone.filter((one) => one !== key && !goes.has(one)).map((one) => `${one}, which is not covered`),
    ...when(isLast && isHeld, 'run.json, though pins hold something'),
    ...(isLast && before.some((one) => goes.has(one.key)) ? ['run.json, before the rest'] : []),
  ];
}
