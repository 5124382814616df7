// The last pass over a run that is being deleted with deletionPolicy Delete: run.json is told what is to be deleted, then the object
// may go. It deletes nothing itself, and holds nobody up for longer than a minute, whatever is broken.
import { parseRun, type TTSTrainingRun } from '../../api/run.ts';
import { runNames, group } from '../../api/names.ts';
import { formatRunPrefix } from '../../domain/bucket/keys.ts';
import { type Outcome, settled, waiting } from '../../domain/outcome.ts';
import type { RunEvent } from '../../domain/run/decision.ts';
import { parseTime } from '../../domain/time.ts';
import type { Seconds } from '../../domain/units.ts';
import { textOf } from '../../observation/bucket-documents.ts';
import { VanishedError } from '../../observation/bucket-reader.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { definitions } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { type ObjectStore, ObjectStoreError } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import { runDocument } from '../../wire/run-document.ts';
import type { StoreLookup } from '../store/store-lookup.ts';
import { isHeld, release } from './finalizer.ts';
import { keepPins } from './last-pins.ts';
import { tell } from './tell.ts';
import { within } from './within.ts';
import type { World } from './world.ts';

/** So long a run waits for its store, and so long the last try may take. */
const longestHoldSeconds: Seconds = 55;
const lastTrySeconds: Seconds = 5;

const lookAgainSeconds: Seconds = 5;

type Answer =
  /** Nothing is to be deleted, or somebody knows now. */
  | { readonly kind: 'Done'; readonly store?: string; readonly pinned?: readonly string[] }
  /** The checkpoints stay, though Delete was asked for. */
  | { readonly kind: 'Kept'; readonly why: string }
  /** Not yet. */
  | { readonly kind: 'Trouble'; readonly why: string };

/** Ends what a run that is being deleted still waits for. */
export async function bidFarewell(world: World, object: KubeObject, signal: AbortSignal): Promise<Outcome> {
  if (!isHeld(object)) return settled();
  const answer = await answerOf(world, object, signal);
  const left = holdLeft(world, object);
  if (answer.kind === 'Trouble' && left > 0) return waiting(Math.min(lookAgainSeconds, Math.max(1, left)));
  const told = answer.kind === 'Done' ? pinsKeep(answer.pinned ?? []) : [kept(answer.why)];
  await tell(world, { run: object, told }, signal);
  await release(world, object, signal);
  const { namespace = '', name: run } = object.metadata;
  if (answer.kind === 'Done' && answer.store !== undefined)
    world.onDeletionAsked({ store: answer.store, namespace, run });
  return settled();
}

const holdLeft = ({ clock }: World, { metadata }: KubeObject): Seconds =>
  longestHoldSeconds - (clock.now() - (parseTime(metadata.deletionTimestamp ?? '') ?? 0)) / 1000;

const kept = (why: string): RunEvent => ({
  type: 'Warning',
  reason: 'CheckpointsRetained',
  message: `The run is deleted, and its checkpoints stay although deletionPolicy is Delete: ${why}. Delete what is left below the run's prefix in the bucket by hand.`,
});

const pinsKeep = (pinned: readonly string[]): readonly RunEvent[] =>
  pinned.length === 0
    ? []
    : [
        {
          type: 'Normal',
          reason: 'PinnedCheckpointsStay',
          message: `The run is deleted, and all of its checkpoints go, as deletionPolicy Delete asks, but those that are pinned: ${pinned.join(', ')}. kubectl reprise unpin lets go of one.`,
        },
      ];

async function answerOf(world: World, object: KubeObject, signal: AbortSignal): Promise<Answer> {
  const parsed = parseRun(object);
  if ('problems' in parsed)
    return { kind: 'Kept', why: `this operator does not understand it (${parsed.problems.join('; ')})` };
  if (parsed.ok.spec.deletionPolicy !== 'Delete') return { kind: 'Done' };
  const milliseconds = Math.max(lastTrySeconds, holdLeft(world, object)) * 1000;
  const limit = { clock: world.clock, milliseconds };
  try {
    const answer = await within(limit, async (inTime) => record(world, parsed.ok, inTime), signal);
    return answer ?? { kind: 'Trouble', why: 'the store does not answer' };
  } catch (cause) {
    if (cause instanceof DocumentError) return { kind: 'Kept', why: cause.message.replace(/\.$/, '') };
    if (!isPassing(cause)) throw cause;
    return { kind: 'Trouble', why: cause.message.replace(/\.$/, '') };
  }
}

const isPassing = (cause: unknown): cause is Error =>
  cause instanceof ObjectStoreError || cause instanceof ClusterError || cause instanceof VanishedError;

/** Writes into run.json what is to be deleted. */
async function record(world: World, run: TTSTrainingRun, signal: AbortSignal): Promise<Answer> {
  const unwell = await whyNotToDelete(world, signal);
  if (unwell !== undefined) return { kind: 'Kept', why: unwell };
  const { namespace = '', name } = run.metadata;
  const lookup = storeOf(world, run);
  if (lookup.kind === 'Unready') return { kind: 'Trouble', why: lookup.message.replace(/\.$/, '') };
  const { objects, store, capabilities } = lookup;
  const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, namespace, run: name });
  const place = { objects, prefix, versioning: capabilities.versioning };
  const pinned = await keepPins(world, { place, run }, signal);
  return (await writeWish({ objects, key: `${prefix}run.json`, run }, signal))
    ? { kind: 'Done', store: lookup.name, pinned }
    : { kind: 'Done' };
}

function storeOf(world: World, { metadata, spec, status }: TTSTrainingRun): StoreLookup {
  const labels = world.namespaces.get(metadata.namespace ?? '')?.metadata.labels ?? {};
  return world.findStore(spec.store ?? status?.store, labels);
}

interface Wish {
  readonly objects: ObjectStore;
  /** Of the run.json. */
  readonly key: string;
  readonly run: TTSTrainingRun;
}

/** False when the place is not this run's, or not any more. */
async function writeWish({ objects, key, run }: Wish, signal: AbortSignal): Promise<boolean> {
  const found = await objects.get(key, signal);
  if (found === undefined) return false;
  const document = runDocument.parse(textOf(found), key);
  const { uid: runUid } = run.metadata;
  if (document.runUid !== runUid) return false;
  if (document.deletion !== undefined) return true;
  const upToAttempt = Math.max(document.highestAttempt, run.status?.attempt ?? 0);
  const deletion = { runUid, upToAttempt, begun: false };
  const bytes = new TextEncoder().encode(runDocument.format({ ...document, deletion }));
  await objects.put({ key, bytes, condition: { etag: found.etag } }, signal);
  return true;
}

/** Who takes the CRD away takes every run away, and means none of them. */
async function whyNotToDelete({ cluster }: World, signal: AbortSignal): Promise<string | undefined> {
  const name = `${runNames.plural}.${group}`;
  try {
    const definition = await cluster.get(definitions, { name }, signal);
    if (definition !== undefined && definition.metadata.deletionTimestamp === undefined) return undefined;
    return `the CustomResourceDefinition ${name} is being deleted, which must not cost checkpoints`;
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
    return `the operator may not read the CustomResourceDefinition ${name}, which it must before it deletes: ${cause.message.replace(/\.$/, '')}`;
  }
}
