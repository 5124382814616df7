// Gives up the unfinished uploads of attempts that are dead: old enough by the policies that select their run, in a folder whose run.json is
// this cluster's, and with no pod left that could go on with them. Whatever cannot be told keeps them.
import { labels } from '../../api/names.ts';
import { formatRunPrefix, podOf } from '../../domain/bucket/keys.ts';
import { type AgedUpload, agedUpload } from '../../domain/store/stale-upload.ts';
import { binding } from '../../domain/retention/settings.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import type { Seconds } from '../../domain/units.ts';
import { pods } from '../../ports/kinds.ts';
import type { ListedUpload } from '../../ports/objects.ts';
import type { OpenStore } from '../store/store-registry.ts';
import { governingLeft } from './left-governing.ts';
import { isOfCluster } from './marker-owner.ts';
import type { SweepWorld } from './sweep-world.ts';

export interface StaleUploads {
  readonly store: OpenStore;
  readonly uploads: readonly ListedUpload[];
  /** By the key of the run.json. */
  readonly markers: ReadonlyMap<string, MarkerFacts>;
}

/** Returns how many were given up. */
export async function abortStaleUploads(
  world: SweepWorld,
  { store: open, uploads, markers }: StaleUploads,
  signal: AbortSignal,
): Promise<number> {
  const { store, objects } = open;
  const { prefix } = store.spec.s3;
  const least = leastAge(world);
  let aborted = 0;
  for (const upload of uploads) {
    const aged = agedUpload(upload, { prefix, abortAfterSeconds: least, storeTime: objects.time() });
    if (aged === undefined) continue;
    const marker = markers.get(`${formatRunPrefix({ prefix, ...aged })}run.json`);
    if (marker === undefined || !isOfCluster(marker, { clusterUid: world.clusterUid, store })) continue;
    const abortAfterSeconds = abortAfter(world, aged, marker);
    if (agedUpload(upload, { prefix, abortAfterSeconds, storeTime: objects.time() }) === undefined) continue;
    if (await isAlive(world, aged, signal)) continue;
    await world.mayDelete(signal);
    await objects.abortUpload(upload, signal);
    aborted += 1;
    world.log.info(
      { store: store.metadata.name, upload: upload.key },
      'gave up an unfinished upload of a dead attempt',
    );
  }
  return aborted;
}

/** No upload is given up that is younger, whatever selects its run. */
function leastAge({ policies, abortUploadsAfterSeconds }: SweepWorld): Seconds {
  const reading = policies.current();
  if (reading.kind === 'Unread') return Infinity;
  const ages = reading.understood.map(({ uploads }) => uploads?.abortAfterSeconds ?? Infinity);
  return Math.min(abortUploadsAfterSeconds, ...ages);
}

/** The longest of the policies that are enforced on its run; Infinity where nobody knows which those are. */
function abortAfter(world: SweepWorld, { namespace }: AgedUpload, marker: MarkerFacts): Seconds {
  const governed = governingLeft(world, namespace, marker);
  if (governed.kind === 'Unknown') return Infinity;
  const ages = binding(governed.policies, 'Enforced').flatMap(
    ({ uploads }) => uploads?.abortAfterSeconds ?? [],
  );
  return ages.length === 0 ? world.abortUploadsAfterSeconds : Math.max(...ages);
}

/** Whether the pod of the attempt may still send. */
async function isAlive(
  { cluster }: SweepWorld,
  { namespace, run, attempt }: AgedUpload,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await cluster.list(pods, { namespace, labelSelector: `${labels.run}=${run}` }, signal);
  return found.some(
    ({ metadata, status }) =>
      podOf(metadata.uid) === attempt.pod && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
}
