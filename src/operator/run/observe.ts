// Reads everything a pass over one run rests on: the run, its Jobs and pods, its part of the bucket, the trainer. Writes nothing.
import { labels } from '../../api/names.ts';
import type { TTSTrainingRun } from '../../api/run.ts';
import { formatRunPrefix } from '../../domain/bucket/keys.ts';
import type { BucketReading, PodFacts, RunFacts, Snapshot, SourceReading } from '../../domain/run/facts.ts';
import type { Instant } from '../../domain/units.ts';
import { runFacts } from '../../observation/run-facts.ts';
import { ownJobs, runJobs } from '../../observation/run-pods.ts';
import { dependentsOf, needsSource, readSource } from '../../observation/source-reader.ts';
import { storeFacts } from '../../observation/store-facts.ts';
import type { Job } from '../../ports/kube-objects.ts';
import type { StoreLookup } from '../store/store-lookup.ts';
import type { StoredRun } from '../sweep/logged-deletion.ts';
import { podRefusal } from './pod-refusal.ts';
import { readPods } from './pods.ts';
import type { Look } from './look.ts';
import { unwatchedJob } from './unwatched-job.ts';
import { lookAtTrainer } from './sight.ts';
import {
  readingGoodForSeconds,
  type RememberedReading,
  untoldReadingGoodForSeconds,
  type World,
} from './world.ts';

/** A pass's observation; `objects` and `prefix` are there while the store is Ready. */
export interface Observation {
  readonly snapshot: Omit<Snapshot, 'retention'>;
  readonly lookup: StoreLookup;
  readonly place: StoredRun | undefined;
}

/** Observes the run; `needsListing` asks for a listing made in this very pass. */
export async function observe(
  world: World,
  { run, needsListing }: { readonly run: TTSTrainingRun; readonly needsListing: boolean },
  signal: AbortSignal,
): Promise<Observation> {
  const facts = runFacts(run);
  const labelsOfNamespace = namespaceLabels(world, facts.namespace);
  const lookup = world.findStore(facts.spec.store ?? facts.status?.store, labelsOfNamespace ?? {});
  const place = lookup.kind === 'Ready' ? placeOf(lookup, facts) : undefined;
  const { own, strangers } = await readPods(world, facts, signal);
  const pods = own.map((pod) => pod.facts);
  const watched = jobsNamed(world, facts);
  const unwatched = await unwatchedJob(world, { run: facts, jobs: ownJobs(watched, facts), pods }, signal);
  const jobs = unwatched === undefined ? watched : [...watched, unwatched];
  const look = await lookAtTrainer(world, { run: facts, pods: own }, signal);
  const isQuiet = !needsListing && isTrainingQuietly(facts, pods);
  const bucket = await readBucket(world, { uid: facts.uid, place, lookup, look, isQuiet }, signal);
  const snapshot = {
    now: world.clock.now(),
    operatorId: world.operatorId,
    tried: world.memory.of(facts.uid).tried,
    clusterUid: world.clusterUid,
    run: facts,
    store: lookup.kind === 'Unready' ? lookup : storeFacts(lookup.store),
    bucket,
    source: needsSource(facts, { bucket, pods })
      ? await sourceOf(world, { facts, lookup }, signal)
      : undefined,
    dependents: dependentsOf(world.runs.values(), facts),
    namespaceLabels: labelsOfNamespace,
    ...runJobs(jobs, facts),
    pods,
    strangers,
    sight: look.sight,
    refusal: world.memory.of(facts.uid).refusal,
    podRefusal: await podRefusal(world, { jobs: ownJobs(jobs, facts), pods }, signal),
  };
  return { snapshot, lookup, place };
}

const jobsNamed = ({ jobs }: World, { namespace, name }: RunFacts): readonly Job[] =>
  jobs.labelled(labels.run, name).filter(({ metadata }) => metadata.namespace === namespace);

/** Undefined = it is not known. */
const namespaceLabels = (
  { namespaces }: World,
  name: string,
): Readonly<Record<string, string>> | undefined => {
  const namespace = namespaces.get(name);
  return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
};

function placeOf(
  lookup: Extract<StoreLookup, { kind: 'Ready' }>,
  { namespace, name }: RunFacts,
): Observation['place'] {
  const { objects, store, capabilities } = lookup;
  const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, namespace, run: name });
  return { objects, prefix, versioning: capabilities.versioning };
}

async function sourceOf(
  world: World,
  { facts, lookup }: { readonly facts: RunFacts; readonly lookup: StoreLookup },
  signal: AbortSignal,
): Promise<SourceReading | undefined> {
  if (lookup.kind !== 'Ready') return undefined;
  const { objects, store } = lookup;
  const reader = world.memory.of(facts.uid).bucket;
  return readSource({ run: facts, objects, prefix: store.spec.s3.prefix, reader }, signal);
}

// While an attempt trains and nothing disturbs it, only its own uploads change the bucket.
function isTrainingQuietly({ status, spec }: RunFacts, pods: readonly PodFacts[]): boolean {
  const newest = pods.toSorted((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt)[0];
  if (newest === undefined || newest.attempt !== status?.attempt || spec.suspend) return false;
  return (
    newest.deletion === undefined && newest.disruption === undefined && newest.trainer?.state === 'Running'
  );
}

interface Reading {
  readonly uid: string;
  readonly place: Observation['place'];
  readonly lookup: StoreLookup;
  readonly look: Look;
  readonly isQuiet: boolean;
}

async function readBucket(world: World, reading: Reading, signal: AbortSignal): Promise<BucketReading> {
  const { place, lookup, look } = reading;
  if (place === undefined) {
    const { reason, message } =
      lookup.kind === 'Unready' ? lookup : { reason: 'BucketUnreadable', message: '' };
    return { kind: 'Unreadable', reason, message };
  }
  const memory = world.memory.of(reading.uid);
  const last = memory.reading;
  const now = world.clock.monotonic();
  const goodFor = look.uploads === undefined ? untoldReadingGoodForSeconds : readingGoodForSeconds;
  const isFresh = last?.value.kind === 'Read' && now - last.readAt < goodFor * 1000;
  if (reading.isQuiet && isFresh && last.uploads === look.uploads)
    return readAgain(last, place.objects.time());
  const asOf = world.clock.now();
  const value = await memory.bucket.read(place.objects, place.prefix, signal);
  memory.reading = { value, readAt: now, asOf, uploads: look.uploads };
  return value;
}

/**
 * The same at this time of the store's: its clock went on. An agent that says how much it has uploaded says also that nothing
 * came since.
 */
function readAgain(
  { value, asOf, uploads }: RememberedReading,
  storeTime: Instant | undefined,
): BucketReading {
  if (value.kind === 'Unreadable') return value;
  const read = { ...value, facts: { ...value.facts, storeTime } };
  return uploads === undefined ? { ...read, asOf } : read;
}
