// What the restore of a fake attempt chooses: planned by the real plans over the fake bucket, without a byte being moved.
import { formatObjectsPrefix, formatRunPrefix } from '../../src/domain/bucket/keys.ts';
import { planResume, type ResumePlan } from '../../src/domain/bucket/resume.ts';
import { planSource, type Source, type SourceFacts } from '../../src/domain/bucket/source.ts';
import type { BucketFacts } from '../../src/domain/run/facts.ts';
import { BucketReader } from '../../src/observation/bucket-reader.ts';
import type { AttemptDocument } from '../../src/wire/attempt-document.ts';
import type { FakeAttemptFiles } from './fake-attempt-files.ts';
import type { FakeObjectStore } from './fake-object-store.ts';

export type Origin = Pick<AttemptDocument, 'resumedFrom' | 'initializedFrom' | 'rollback'>;

export type FakeRestore =
  | { readonly outcome: 'Stopped' | 'Unavailable'; readonly message: string }
  | { readonly outcome: 'Started'; readonly origin: Origin; readonly update: number };

const never = new AbortController().signal;

/** What it would leave in attempt.json, and the update its trainer goes on from. */
export async function chooseBeginning(
  objects: FakeObjectStore,
  files: FakeAttemptFiles,
): Promise<FakeRestore> {
  const { run, expected, rollback, initializeFrom } = files.environment;
  const reading = await new BucketReader().read(objects, files.prefix, never);
  if (reading.kind === 'Unreadable') return { outcome: 'Unavailable', message: reading.message };
  const { marker, inventory, origins } = reading.facts;
  const plan = planResume({
    runUid: run.uid,
    markerUid: marker?.runUid,
    inventory,
    origins,
    expected: expected ?? undefined,
    rollback: rollback ?? undefined,
    initializes: initializeFrom !== null,
  });
  if (plan.kind === 'Stop') return { outcome: 'Stopped', message: plan.message };
  return plan.kind === 'Initialize' ? initialize(objects, files) : startFrom(plan);
}

function startFrom(plan: Extract<ResumePlan, { kind: 'Scratch' | 'From' }>): FakeRestore {
  const from = plan.kind === 'From' ? (plan.candidates[0] ?? null) : null;
  const origin = { resumedFrom: from, initializedFrom: null, rollback: plan.rollback ?? null };
  return { outcome: 'Started', origin, update: from?.update ?? 0 };
}

async function initialize(objects: FakeObjectStore, { environment }: FakeAttemptFiles): Promise<FakeRestore> {
  const { initializeFrom, store, run } = environment;
  if (initializeFrom === null) throw new Error('nothing to initialise from');
  const { clusterUid, adoptClusters, mode, source: named } = initializeFrom;
  const source = named.is === 'Run' ? { ...named, update: named.update ?? undefined } : named;
  const facts = await readFacts(objects, source, { prefix: store.prefix, namespace: run.namespace });
  const plan = planSource({ source, clusterUids: [clusterUid, ...adoptClusters], facts });
  if (plan.kind === 'Stop') return { outcome: 'Stopped', message: plan.message };
  const { key = '', update = null } = plan.candidates[0] ?? {};
  const origin = { resumedFrom: null, initializedFrom: { key, update, mode }, rollback: null };
  return { outcome: 'Started', origin, update: mode === 'Resume' ? (update ?? 0) : 0 };
}

const readFacts = (
  objects: FakeObjectStore,
  source: Source,
  place: { readonly prefix: string; readonly namespace: string },
): Promise<SourceFacts> =>
  source.is === 'Run'
    ? readSource(objects, formatRunPrefix({ ...place, run: source.run }))
    : findObject(objects, formatObjectsPrefix(place) + source.object);

async function readSource(objects: FakeObjectStore, prefix: string): Promise<SourceFacts> {
  const reading = await new BucketReader().read(objects, prefix, never);
  if (reading.kind === 'Unreadable') throw new Error(reading.message);
  const { marker, inventory, origins }: BucketFacts = reading.facts;
  return { is: 'Run', clusterUid: marker?.clusterUid, inventory, origins };
}

async function findObject(objects: FakeObjectStore, key: string): Promise<SourceFacts> {
  return { is: 'Object', key, found: await objects.head(key, never) };
}
