// What is true in a storm, whoever knows it: who leads, which attempts may still be choosing what to start from, and what they need.
import { labels } from '../../../src/api/names.ts';
import { jobs, leases, pods } from '../../../src/ports/kinds.ts';
import type { Job, Pod } from '../../../src/ports/kube-objects.ts';
import { leaseName } from '../election-bench.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { lineageOf, nameOf } from '../tale-checkpoints.ts';
import type { StormPlace } from './storm-place.ts';
import { checkpointNamed, tellBucket, type TrueObject } from './told-bucket.ts';

/** The numbers of the run's attempts with a Job or a pod that has not ended. */
export function unfinishedOf({ storage }: FakeCluster, { metadata }: StoredObject): readonly number[] {
  const scope = { labelSelector: `${labels.runUid}=${metadata.uid}` };
  const living = (storage.list(jobs, scope) as readonly Job[]).filter(
    ({ status }) => !(status?.conditions ?? []).some(({ type }) => type === 'Complete' || type === 'Failed'),
  );
  const standing = (storage.list(pods, scope) as readonly Pod[]).filter(
    ({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  return [...living, ...standing].map((one) => Number(one.metadata.labels?.[labels.attempt]));
}

/** Who holds the Lease. */
export function leaderOf({ storage }: FakeCluster): string {
  const spec = storage.read(leases, leaseName)?.['spec'];
  return (spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? 'nobody';
}

export interface Loss {
  readonly run: StoredObject;
  readonly prefix: string;
  /** By the names of tales. */
  readonly lost: ReadonlySet<string>;
}

/** Whatever anybody could know: what the next attempt starts from is not taken, and nothing while one chooses. */
export function truthAgainst(
  { cluster, place }: { readonly cluster: FakeCluster; readonly place: StormPlace },
  { run, prefix, lost }: Loss,
  before: readonly TrueObject[],
): readonly string[] {
  const tales = tellBucket(prefix, before, place.now());
  if (tales === undefined) return ['though the lineage is not readable'];
  const skipped = tales.flatMap((tale) => tale.skipped ?? []);
  const bad = new Set(skipped.map(({ key }) => checkpointNamed(key.slice(prefix.length))));
  const newest = lineageOf(tales)
    .map(nameOf)
    .find((name) => !bad.has(name));
  const isChoosing = unfinishedOf(cluster, run).some(
    (number) => !tales.some((tale) => tale.number === number && tale.from !== 'unopened'),
  );
  return [
    ...(newest !== undefined && lost.has(newest) ? [`${newest}, the newest resume point`] : []),
    ...(isChoosing ? ['while an attempt may be choosing what to start from'] : []),
  ];
}
