// What is known of all runs, and of what runs that are gone left, when all of them are planned together. It reads memory and caches alone.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { type AttemptId, formatAttemptId } from '../../domain/bucket/keys.ts';
import type { OrphanQuestion } from '../../domain/retention/orphans.ts';
import type { RunQuestion } from '../../domain/retention/run-plan.ts';
import type { SavedAttempt } from '../../domain/retention/standing.ts';
import type { RunToCount } from '../../domain/retention/uncounted.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { governingLeft } from '../sweep/left-governing.ts';
import { isSeenBy, type LeftBehind, type StoreLook } from '../sweep/store-looks.ts';
import { formatStoreRun } from '../../domain/store/store-run.ts';
import type { KnownJudgement } from './judged-runs.ts';
import type { PolicyWorld } from './policy-world.ts';

/** A run whose newest judgement can be planned with. */
export interface ViewedRun {
  readonly object: KubeObject;
  readonly judged: KnownJudgement;
  readonly question: RunQuestion<Checkpoint>;
}

/** What a run that is gone left. */
export interface ViewedOrphan {
  /** See {@link formatStoreRun}. */
  readonly place: string;
  readonly left: LeftBehind;
  readonly store: string;
  readonly question: OrphanQuestion<Checkpoint>;
}

export interface PolicyView {
  readonly runs: readonly ViewedRun[];
  readonly orphans: readonly ViewedOrphan[];
  /** Every run there is, and why it cannot be counted, if so. */
  readonly toCount: readonly RunToCount[];
}

/** Everything as it is known now, under the policies of this version. */
export function viewOf(world: PolicyWorld, version: string): PolicyView {
  const all = [...world.runs.values()];
  const known = all.map((object) => ({ object, judged: world.judged.of(object.metadata.uid) }));
  return {
    runs: known.flatMap(({ object, judged }) => {
      if (judged?.question === undefined) return [];
      const { evicted: _taken, ...question } = judged.question;
      return [{ object, judged, question }];
    }),
    orphans: [...world.looks.entries()].flatMap(([store, look]) =>
      [...look.leftBehind.values()].flatMap((left) => viewedOrphan(world, { store, look, left })),
    ),
    toCount: runsToCount(world, version),
  };
}

/** Every run there is now, and why it cannot be counted, if so. */
export function runsToCount(world: PolicyWorld, version: string): readonly RunToCount[] {
  return [...world.runs.values()].map((object) => {
    const { namespace = '', name, labels = {}, uid } = object.metadata;
    return {
      name: { namespace, run: name },
      labels,
      namespaceLabels: namespaceLabels(world, namespace),
      unknown: whyUnknown(world, { object, judged: world.judged.of(uid), version }),
    };
  });
}

function namespaceLabels(
  { namespaces }: PolicyWorld,
  name: string,
): Readonly<Record<string, string>> | undefined {
  const namespace = namespaces.get(name);
  return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
}

interface Known {
  readonly object: KubeObject;
  readonly judged: KnownJudgement | undefined;
  readonly version: string;
}

/** Why nobody can say what of the run is in its store; undefined = what was judged is what the newest scan saw. */
function whyUnknown(world: PolicyWorld, { object, judged, version }: Known): string | undefined {
  const { namespace = '', name } = object.metadata;
  if (namespaceLabels(world, namespace) === undefined) return 'the labels of its namespace are not known';
  if (judged === undefined) return 'it was not looked at yet';
  if (judged.store === undefined) return 'it has no store that is Available: see its condition Stalled';
  if (judged.question === undefined)
    return 'its part of the bucket cannot be read: see its condition RetentionApplied';
  if (judged.version !== version) return 'it was not judged by the present policies yet';
  const look = world.looks.of(judged.store);
  if (look === undefined) return `the CheckpointStore ${judged.store} was not swept yet`;
  if (isSeenBy(look, `${namespace}/${name}`, judged)) return undefined;
  return 'it was not judged since the last sweep';
}

interface Found {
  readonly store: string;
  readonly look: StoreLook;
  readonly left: LeftBehind;
}

/** What an own wish takes is no policy's; what nobody knows the policies of stays. */
function viewedOrphan(world: PolicyWorld, { store, look, left }: Found): readonly ViewedOrphan[] {
  const { namespace, run, prefix, marker, missedListings } = left;
  const isWished = marker.deletion !== undefined && marker.deletion.byPolicy !== true;
  const governed = governingLeft(world, namespace, marker);
  if (isWished || governed.kind === 'Unknown') return [];
  const question = {
    ...governed.selectable,
    name: { namespace, run },
    prefix,
    marker,
    clusterUid: marker.clusterUid,
    attempts: attemptsOf(left.checkpoints ?? []),
    storeTime: look.storeTime,
    goneSince: marker.gone?.since,
    missedListings,
    retained: marker.deletionPolicy !== 'Delete',
    hasPods: false,
    pins: left.pins.map((pin) => ({ ...pin, until: undefined })),
  };
  return [{ place: formatStoreRun({ store, namespace, run }), store, left, question }];
}

function attemptsOf(checkpoints: readonly Checkpoint[]): readonly SavedAttempt<Checkpoint>[] {
  const byAttempt = Map.groupBy(checkpoints, ({ attempt }) => formatAttemptId(attempt));
  return [...byAttempt.values()].flatMap((some) => {
    const id: AttemptId | undefined = some[0]?.attempt;
    return id === undefined ? [] : [{ id, checkpoints: some }];
  });
}
