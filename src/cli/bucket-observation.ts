// A run's part of the bucket, and of what it is to be initialised from, read with credentials the user has. Reads only.
import { formatRunPrefix } from '../domain/bucket/keys.ts';
import type { BucketReading, PodFacts, RunFacts, SourceReading } from '../domain/run/facts.ts';
import { BucketReader, VanishedError } from '../observation/bucket-reader.ts';
import { needsSource, readSource } from '../observation/source-reader.ts';
import { ClusterError } from '../ports/cluster.ts';
import { type ObjectStore, ObjectStoreError } from '../ports/objects.ts';
import { DocumentError } from '../wire/document.ts';
import { CommandError, sentenceOf } from './errors.ts';
import type { Asking } from './reach.ts';
import { withStore } from './store-access.ts';
import type { StoreObservation } from './store-observation.ts';

export interface BucketObservation {
  readonly reading: BucketReading;
  readonly source: SourceReading | undefined;
  /** True when it could not be read from here. */
  readonly isUnseen: boolean;
}

interface Place {
  readonly run: RunFacts;
  readonly store: StoreObservation;
  readonly pods: readonly PodFacts[];
}

/** What the bucket says; with a store that cannot be used, what the operator takes it for. */
export async function observeBucket(
  asking: Asking,
  place: Place,
  signal: AbortSignal,
): Promise<BucketObservation> {
  const { facts, store, isUnseen } = place.store;
  if (facts.kind === 'Unready' || store === undefined) {
    const { reason, message } =
      facts.kind === 'Unready' ? facts : { reason: 'BucketUnreadable', message: '' };
    return { reading: { kind: 'Unreadable', reason, message }, source: undefined, isUnseen };
  }
  const { namespace, name } = place.run;
  const { prefix } = store.spec.s3;
  const use = (objects: ObjectStore): Promise<BucketObservation> =>
    readAll({ objects, prefix, place }, formatRunPrefix({ prefix, namespace, run: name }), signal);
  try {
    return await withStore(asking, { cluster: asking.cluster, store, namespace, use }, signal);
  } catch (cause) {
    if (!isOurs(cause)) throw cause;
    const question = {
      missing: 'read the bucket',
      unjudged: 'what is saved, and what the next attempt starts from',
    };
    asking.reach.note(question, cause);
    const message = `the bucket cannot be read from here: ${sentenceOf(cause)}`;
    const reading = { kind: 'Unreadable', reason: 'BucketUnreadable', message } as const;
    return { reading, source: undefined, isUnseen: true };
  }
}

/** What may be otherwise for the operator. */
const isOurs = (cause: unknown): cause is Error =>
  cause instanceof CommandError ||
  cause instanceof ObjectStoreError ||
  cause instanceof ClusterError ||
  cause instanceof VanishedError;

interface From {
  readonly objects: ObjectStore;
  /** The store's prefix. */
  readonly prefix: string;
  readonly place: Place;
}

async function readAll(
  { objects, prefix, place: { run, pods } }: From,
  runPrefix: string,
  signal: AbortSignal,
): Promise<BucketObservation> {
  const reader = new BucketReader();
  const bucket = await readRunPart(reader, { objects, runPrefix }, signal);
  const source = needsSource(run, { bucket, pods })
    ? await readSource({ run, objects, prefix, reader }, signal)
    : undefined;
  return { reading: bucket, source, isUnseen: false };
}

// A document that is not understood is so for everybody; a store that refuses or is away may be so for us alone.
async function readRunPart(
  reader: BucketReader,
  { objects, runPrefix }: { readonly objects: ObjectStore; readonly runPrefix: string },
  signal: AbortSignal,
): Promise<BucketReading> {
  try {
    return { kind: 'Read', facts: await reader.facts(objects, runPrefix, signal) };
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    return { kind: 'Unreadable', reason: cause.code, message: cause.message };
  }
}
