// What is left of runs that are gone. Nothing goes because an object of the cluster was not seen: only after a policy's time,
// counted from when the store noted that the run is gone, and several complete listings of runs without it. Pins outlive the run. A
// foreign or missing run.json is only reported. What a run wished itself (deletionPolicy Delete) is domain/bucket/deletion-intent.ts's.
import type { Instant, Seconds } from '../units.ts';
import { mark, type Marked, markNamed, pinnedPlaces } from './locks.ts';
import type { OrphanRule, RetentionPolicy, RunName, Selectable } from './policy.ts';
import { marksOf } from './reasons.ts';
import { isInForce, type Pin } from './rules.ts';
import type { CheckpointName, SavedAttempt, SavedCheckpoint, Standing } from './standing.ts';
import { judgeStops } from './stops.ts';

/** How many complete listings of runs in a row a run must be missing from. */
export const missedListingsNeeded = 3;

export interface OrphanQuestion<C extends SavedCheckpoint = SavedCheckpoint> extends Selectable {
  readonly name: RunName;
  readonly prefix: string;
  /** What run.json says; undefined when there is none. */
  readonly marker: { readonly runUid: string; readonly clusterUid: string } | undefined;
  readonly clusterUid: string;
  readonly attempts: readonly SavedAttempt<C>[];
  readonly storeTime: Instant | undefined;
  readonly now?: Instant | undefined;
  /** When the store noted that the run is gone; undefined = not yet. */
  readonly goneSince: Instant | undefined;
  /** How many complete listings of runs in a row did not have it. */
  readonly missedListings: number;
  /** True unless the run is known to have had deletionPolicy Delete, though it left no wish. */
  readonly retained: boolean;
  /** True while a pod of the run's UID is left. */
  readonly hasPods: boolean;
  readonly pins?: readonly Pin[];
  /** Why nothing of it may be deleted, as far as the one who looked knows: a pin cannot be read, a policy is not understood. */
  readonly stopped?: string | undefined;
  /** What the last plan of all runs took for a policy's capacity. */
  readonly evicted?: readonly CheckpointName[];
}

export interface OrphanDraft<C extends SavedCheckpoint = SavedCheckpoint> extends Marked<C> {
  readonly kind: 'Drafted';
  readonly name: RunName;
  readonly prefix: string;
  readonly goneSince: Instant | undefined;
  /** True when a policy's capacity may take it before its time. */
  readonly mayBeEvicted: boolean;
  /** True when its time is over, of what is there besides checkpoints too. */
  readonly isOver: boolean;
}

/** The rule for this orphan when several policies have one: the longest time; what was retained goes only if all say so. */
export function orphanRuleOf(policies: readonly RetentionPolicy[]): OrphanRule | undefined {
  const rules = policies.flatMap(({ orphans }) => (orphans === undefined ? [] : [orphans]));
  if (rules.length === 0) return undefined;
  return {
    deleteAfterSeconds: Math.max(...rules.map(({ deleteAfterSeconds }) => deleteAfterSeconds)),
    includeRetained: rules.every(({ includeRetained }) => includeRetained),
  };
}

/** When the time is over of what a run left, by the store's clock; undefined = it stays for ever, or nobody knows since when it is gone. */
export function mayGoAt(
  { goneSince, retained }: Pick<OrphanQuestion, 'goneSince' | 'retained'>,
  rule: OrphanRule | undefined,
): Instant | undefined {
  if (rule === undefined || goneSince === undefined || (retained && !rule.includeRetained)) return undefined;
  return goneSince + rule.deleteAfterSeconds * 1000;
}

/** True when so many runs are missing at once that the listing is not believed: nothing is an orphan by it. */
export const isFarFewer = (before: number, now: number): boolean => before - now >= 5 && now < before / 2;

const pinned = marksOf('Pinned');
const podsLeft = marksOf('PodsLeft');
const capacity = marksOf('Capacity');
const runGone = marksOf('RunGone');
const orphanYoung = marksOf('OrphanYoung');
const orphanKept = marksOf('OrphanKept');

/** Marks every checkpoint of the orphan, or says why nothing may be deleted. */
export function draftOrphan<C extends SavedCheckpoint>(
  question: OrphanQuestion<C>,
  rule: OrphanRule | undefined,
): OrphanDraft<C> | { readonly kind: 'Stopped'; readonly why: string } {
  const { marker, prefix, name, goneSince, stopped } = question;
  if (stopped !== undefined) return { kind: 'Stopped', why: stopped };
  if (marker?.clusterUid !== question.clusterUid) return { kind: 'Stopped', why: notOurs(question) };
  const stops = judgeStops({ ...question, runUid: marker.runUid, markerUid: marker.runUid, origins: [] });
  if ('why' in stops) return { kind: 'Stopped', why: stops.why };
  const standing = standingOf(question.attempts);
  const marked: Marked<C> = { standing, marks: standing.order.map(() => 0) };
  const state = stateOf(question, rule, stops.storeTime);
  standing.order.forEach((_, at) => {
    mark(marked, at, state);
    if (question.hasPods) mark(marked, at, podsLeft);
  });
  for (const pin of question.pins ?? []) markPin(marked, pin, stops.storeTime);
  const mayBeEvicted = state === orphanYoung && isConfirmed(question);
  if (mayBeEvicted) markNamed(marked, question.evicted ?? [], capacity);
  return { ...marked, kind: 'Drafted', name, prefix, goneSince, mayBeEvicted, isOver: state === runGone };
}

function notOurs({ marker, prefix }: OrphanQuestion): string {
  if (marker === undefined)
    return `${prefix} has no run.json, so that nobody knows whose it is: put it back, or remove the objects by hand`;
  return `${prefix}run.json belongs to the cluster with UID ${marker.clusterUid}: name it in spec.adoptClusters of the CheckpointStore if that is no more`;
}

function stateOf(question: OrphanQuestion, rule: OrphanRule | undefined, storeTime: Instant): number {
  if (rule === undefined || (question.retained && !rule.includeRetained)) return orphanKept;
  const isOver = hasBeenGone(question, rule.deleteAfterSeconds, storeTime);
  return isOver && isConfirmed(question) ? runGone : orphanYoung;
}

const hasBeenGone = ({ goneSince }: OrphanQuestion, seconds: Seconds, storeTime: Instant): boolean =>
  goneSince !== undefined && storeTime - goneSince >= seconds * 1000;

const isConfirmed = ({ missedListings, goneSince }: OrphanQuestion): boolean =>
  goneSince !== undefined && missedListings >= missedListingsNeeded;

/** Without a run there is no lineage that is told apart: newest attempt first, in it the newest update. */
function standingOf<C extends SavedCheckpoint>(attempts: readonly SavedAttempt<C>[]): Standing<C> {
  const order = attempts
    .flatMap(({ checkpoints }) => checkpoints)
    .toSorted(
      (a, b) =>
        b.attempt.number - a.attempt.number ||
        (a.attempt.pod < b.attempt.pod ? 1 : a.attempt.pod > b.attempt.pod ? -1 : 0) ||
        b.update - a.update ||
        (a.kind === b.kind ? 0 : a.kind === 'Last' ? -1 : 1),
    );
  return { order, onLineage: 0, leftBehindAt: [] };
}

function markPin(marked: Marked, pin: Pin, storeTime: Instant): void {
  if (!isInForce(pin, storeTime)) return;
  for (const at of pinnedPlaces(marked.standing, pin)) mark(marked, at, pinned);
}
