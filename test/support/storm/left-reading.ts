// What runs that are gone left, read with pen and paper: what policies let go of it, and what the wish of a run itself covers.
import type { Reading } from './naive-record.ts';
import { governedBy } from './storm-policies.ts';
import { isContradictory, longestSkew, type Look } from './storm-question.ts';
import { checkpointNamed, parse } from './told-bucket.ts';
import type { StoredObject } from '../object-storage/journal.ts';

type Labels = Readonly<Record<string, string>>;

/** run.json, as far as deletions rest on it. */
export interface LeftMarker {
  readonly clusterUid: string;
  readonly runUid: string;
  readonly phase?: string;
  readonly labels?: Labels;
  readonly namespaceLabels?: Labels;
  readonly deletionPolicy?: string;
  readonly gone?: { readonly since: string };
  readonly deletion?: {
    readonly runUid: string;
    readonly upToAttempt: number;
    readonly begun: boolean;
    readonly finished?: boolean;
    readonly byPolicy?: boolean;
  };
}

export const markerIn = (text: string | undefined): LeftMarker | undefined =>
  parse(text ?? '') as LeftMarker | undefined;

/** True where the run itself asked for the deletion. */
export const isWish = ({ deletion, runUid }: LeftMarker): boolean =>
  deletion !== undefined && deletion.byPolicy !== true && deletion.runUid === runUid;

export interface LeftKnowledge {
  readonly look: Look;
  /** The clock of the process. */
  readonly now: number;
  readonly marker: LeftMarker;
  readonly policies: readonly StoredObject[];
  /** Of the namespace there is; undefined = it is gone. */
  readonly namespaceLabels: Labels | undefined;
  /** How many complete listings of runs in a row did not have it. */
  readonly missed: number;
  /** Keys that policies' capacities take. */
  readonly taken: ReadonlySet<string>;
}

/** What policies let go, by whole keys; undefined where nothing may. */
export function readLeft(known: LeftKnowledge): Omit<Reading, 'word' | 'digest'> | undefined {
  const { look, marker, policies, namespaceLabels = marker.namespaceLabels } = known;
  if (namespaceLabels === undefined || isStopped(known)) return undefined;
  const governed = governedBy(policies, { run: marker.labels ?? {}, namespace: namespaceLabels });
  if (governed === undefined || isContradictory(governed)) return undefined;
  const held = heldIn(look);
  const keys = checkpointsIn(look).flatMap(({ key, name }) => (held.has(name) ? [] : [key]));
  const state = stateOf(known, governed.acting);
  const total = checkpointsIn(look).length;
  const perhaps = new Set(keys.filter((key) => state === 'young' && known.taken.has(key)));
  if (state !== 'over') return { condemned: perhaps, perhaps, total, governed };
  return { condemned: new Set(total === 0 ? [withoutCheckpoints] : keys), perhaps, total, governed };
}

/** Stands for the documents of a place that has no checkpoint. */
export const withoutCheckpoints = 'documents alone';

function isStopped({ look, marker, now }: LeftKnowledge): boolean {
  const { storeTime } = look;
  if (!look.isWhole || storeTime === undefined || marker.clusterUid !== 'cluster-uid') return true;
  if (look.objects.some(({ key, text }) => isPin(look, key) && text.includes('"version":2'))) return true;
  const isFuture = checkpointsIn(look).some(({ savedAt }) => savedAt - storeTime > longestSkew);
  return isFuture || Math.abs(now - storeTime) > longestSkew;
}

type Rules = readonly {
  readonly orphans?: { readonly deleteAfterSeconds: number; readonly includeRetained?: boolean } | undefined;
}[];

/** 'over': its time is; 'young': only a capacity may take it; 'kept': nothing may. */
export function stateOf(
  { marker, missed, look }: Pick<LeftKnowledge, 'marker' | 'missed' | 'look'>,
  policies: Rules,
): 'over' | 'young' | 'kept' {
  const rules = policies.flatMap(({ orphans }) => orphans ?? []);
  const isRetained = marker.deletionPolicy !== 'Delete';
  if (rules.length === 0) return 'kept';
  if (isRetained && !rules.every(({ includeRetained }) => includeRetained === true)) return 'kept';
  if (marker.gone === undefined || missed < 3) return 'kept';
  const age = (look.storeTime ?? -Infinity) - Date.parse(marker.gone.since);
  const longest = Math.max(...rules.map(({ deleteAfterSeconds }) => deleteAfterSeconds));
  return age >= longest * 1000 ? 'over' : 'young';
}

const isPin = ({ prefix }: Look, key: string): boolean => key.startsWith(`${prefix}pins/`);

/** The checkpoints, each with the name by which pins mean it. */
export const checkpointsIn = ({ prefix, objects }: Pick<Look, 'prefix' | 'objects'>) =>
  objects.flatMap((object) => {
    const [, attempt, update] =
      /^(\d+):\w+@(\d+)$/.exec(checkpointNamed(relative(prefix, object.key)) ?? '') ?? [];
    return attempt === undefined
      ? []
      : [{ ...object, name: `${attempt}-${update}`, attempt: Number(attempt) }];
  });

const relative = (prefix: string, key: string): string => key.slice(prefix.length);

/** What pins in force hold of what is there, by their names. */
export function heldIn(look: Look): ReadonlySet<string> {
  const there = new Set(checkpointsIn(look).map(({ name }) => name));
  const named = look.objects.flatMap(({ key, text }) => {
    const name = pinName(relative(look.prefix, key));
    if (name === undefined) return [];
    const { until = null } = (parse(text) ?? {}) as { readonly until?: string | null };
    const isOver = until !== null && Date.parse(until) <= (look.storeTime ?? -Infinity);
    return isOver ? [] : [name];
  });
  return new Set(named.filter((name) => there.has(name)));
}

function pinName(relativeKey: string): string | undefined {
  const [, attempt, update] = /^pins\/(\d{4,})-(\d+)\.json$/.exec(relativeKey) ?? [];
  return attempt === undefined ? undefined : `${Number(attempt)}-${update}`;
}

/** The keys that go with all that the run left up to this attempt, but for run.json; `isHeld`: pins keep something, and run.json. */
export function coverNaively(
  look: Look,
  upToAttempt: number,
): { readonly goes: ReadonlySet<string>; readonly isHeld: boolean } {
  const held = heldIn(look);
  const checkpoints = checkpointsIn(look);
  const needed = Math.max(
    0,
    ...checkpoints.filter(({ name }) => held.has(name)).map(({ attempt }) => attempt),
  );
  const mayGo = ({ key }: { readonly key: string }): boolean => {
    const name = relative(look.prefix, key);
    const pin = pinName(name);
    if (pin !== undefined) return !held.has(pin);
    if (/^deletions\/\d{4}-\d\d-\d\d\.json$/.test(name)) return held.size === 0;
    const checkpoint = checkpoints.find((one) => one.key === key);
    if (checkpoint !== undefined) return !held.has(checkpoint.name) && checkpoint.attempt <= upToAttempt;
    const [, attempt] = /^attempts\/(\d{4,})-[0-9a-f]{8}\/(attempt|end|gone)\.json$/.exec(name) ?? [];
    return attempt !== undefined && Number(attempt) <= upToAttempt && Number(attempt) > needed;
  };
  const goes = new Set(look.objects.filter(mayGo).map(({ key }) => key));
  return { goes, isHeld: held.size > 0 };
}
