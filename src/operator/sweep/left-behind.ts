// What runs that are gone left, as a sweep found it, and the note in run.json of since when: written when a listing of runs first misses the
// run, taken back when one has a run of the name again. Always over exactly what was read.
import { formatRunPrefix } from '../../domain/bucket/keys.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import type { RunTally, StoreTally } from '../../domain/store/tally.ts';
import { sideBySide } from '../../observation/bucket-documents.ts';
import type { Log } from '../../ports/log.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import type { OpenStore } from '../store/store-registry.ts';
import { isOfCluster } from './marker-owner.ts';
import { noteGone } from './run-json.ts';
import type { LeftBehind } from './store-looks.ts';

/** How often in a row each run was missed, by `namespace/run`; the UID is that of its run.json. */
export type Missed = ReadonlyMap<string, { readonly uid: string; readonly count: number }>;

export interface Survey {
  readonly open: OpenStore;
  readonly clusterUid: string;
  readonly tally: StoreTally;
  /** By the key of the run.json. */
  readonly markers: ReadonlyMap<string, MarkerFacts>;
  /** The runs there are; undefined when the list is not believed. */
  readonly existing: ReadonlySet<string> | undefined;
  /** As of the sweep before. */
  readonly missed: Missed;
}

/** The run.json of the place, where it is this cluster's. */
export const claimOf = (
  { open, clusterUid, markers }: Pick<Survey, 'open' | 'clusterUid' | 'markers'>,
  { marker }: RunTally,
): MarkerFacts | undefined => {
  const facts = marker === undefined ? undefined : markers.get(marker.key);
  return isOfCluster(facts, { clusterUid, store: open.store }) ? facts : undefined;
};

/** How often each run was missed now; a list that is not believed begins the row anew. */
export function missedNow(survey: Survey): Missed {
  const { tally, existing, missed } = survey;
  if (existing === undefined) return new Map();
  return new Map(
    [...tally.runs].flatMap(([name, run]) => {
      const uid = existing.has(name) ? undefined : claimOf(survey, run)?.runUid;
      if (uid === undefined) return [];
      const before = missed.get(name);
      return [[name, { uid, count: before?.uid === uid ? before.count + 1 : 1 }] as const];
    }),
  );
}

/** What they left, with how often they were missed by now. */
export function leftBehindIn(survey: Survey, missed: Missed): ReadonlyMap<string, LeftBehind> {
  const { prefix } = survey.open.store.spec.s3;
  const found = [...missed].flatMap(([name, { count }]): readonly (readonly [string, LeftBehind])[] => {
    const run = survey.tally.runs.get(name);
    const marker = run === undefined ? undefined : claimOf(survey, run);
    if (run === undefined || marker === undefined) return [];
    const { namespace, bytes, checkpoints, pins } = run;
    const place = { namespace, run: run.run, prefix: formatRunPrefix({ prefix, namespace, run: run.run }) };
    return [[name, { ...place, bytes, checkpoints, pins, marker, missedListings: count }]];
  });
  return new Map(found);
}

/** Notes of each run that it is gone, or that it is not. What somebody else wrote meanwhile is left to the next sweep. */
export async function keepNotes(survey: Survey, log: Log, signal: AbortSignal): Promise<void> {
  const { open, tally, existing } = survey;
  const since = open.objects.time();
  if (existing === undefined || since === undefined || !open.capabilities.conditionalPut) return;
  const wrong = [...tally.runs].flatMap(([name, run]) => {
    const marker = claimOf(survey, run);
    const isGone = !existing.has(name);
    if (marker === undefined || (marker.gone !== undefined) === isGone) return [];
    return [{ name, key: run.marker?.key ?? '', etag: marker.etag, gone: isGone ? { since } : undefined }];
  });
  await sideBySide(wrong, async ({ name, ...note }) => {
    try {
      await noteGone(open.objects, note, signal);
      const is = note.gone === undefined ? 'there again' : 'gone';
      log.info(
        { store: open.store.metadata.name, run: name, is },
        'noted in run.json whether its run is gone',
      );
    } catch (cause) {
      if (!(cause instanceof ObjectStoreError) || cause.code !== 'PreconditionFailed') throw cause;
    }
  });
}
