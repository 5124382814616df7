// Reads what lies where a run is to be initialised from, and which other runs wait for this one. Reads only in the run's own
// namespace and store.
import { parseWaitingRun } from '../api/waiting-run.ts';
import { formatObjectsPrefix, formatRunPrefix } from '../domain/bucket/keys.ts';
import { isOver } from '../domain/run/classification.ts';
import type { BucketReading, Dependent, PodFacts, RunFacts, SourceReading } from '../domain/run/facts.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { type ObjectStore, ObjectStoreError } from '../ports/objects.ts';
import type { BucketReader } from './bucket-reader.ts';

export interface SourcePlace {
  readonly run: RunFacts;
  readonly objects: ObjectStore;
  /** The store's prefix. */
  readonly prefix: string;
  readonly reader: BucketReader;
}

/** True when the next attempt may have to be initialised: the run has no checkpoint of its own, and no attempt trains. */
export const needsSource = (
  { spec }: RunFacts,
  { bucket, pods }: { readonly bucket: BucketReading; readonly pods: readonly PodFacts[] },
): boolean =>
  spec.initializeFrom !== undefined &&
  bucket.kind === 'Read' &&
  bucket.facts.inventory.attempts.every(({ checkpoints }) => checkpoints.length === 0) &&
  pods.every((pod) => isOver(pod) || pod.deletion !== undefined);

/** What lies there; undefined when the run names nothing. */
export async function readSource(
  { run, objects, prefix, reader }: SourcePlace,
  signal: AbortSignal,
): Promise<SourceReading | undefined> {
  const source = run.spec.initializeFrom?.source;
  if (source === undefined) return undefined;
  if (source.is === 'Object') {
    const key = formatObjectsPrefix({ prefix, namespace: run.namespace }) + source.object;
    return headSource(objects, key, signal);
  }
  const from = formatRunPrefix({ prefix, namespace: run.namespace, run: source.run });
  const reading = await reader.read(objects, from, signal);
  if (reading.kind === 'Unreadable') return reading;
  const { inventory, origins, marker } = reading.facts;
  return { kind: 'Read', facts: { is: 'Run', clusterUid: marker?.clusterUid, inventory, origins } };
}

async function headSource(objects: ObjectStore, key: string, signal: AbortSignal): Promise<SourceReading> {
  try {
    return { kind: 'Read', facts: { is: 'Object', key, found: await objects.head(key, signal) } };
  } catch (cause) {
    if (!(cause instanceof ObjectStoreError)) throw cause;
    return { kind: 'Unreadable', reason: 'BucketUnreadable', message: cause.message };
  }
}

/** The runs, of those given, that wait to be initialised from this one. */
export function dependentsOf(
  runs: Iterable<KubeObject>,
  { namespace, name, uid }: Pick<RunFacts, 'namespace' | 'name' | 'uid'>,
): readonly Dependent[] {
  return [...runs].flatMap((object): readonly Dependent[] => {
    const waiting = parseWaitingRun(object);
    if (waiting?.source.run !== name || waiting.namespace !== namespace || waiting.uid === uid) return [];
    return [{ run: waiting.name, update: waiting.source.update }];
  });
}
