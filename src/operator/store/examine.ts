// Looks at one store from top to bottom: its place among the others, its credentials, its claim, what its server is able to do.
import type { CheckpointStore } from '../../api/store.ts';
import { judgeClaim } from '../../domain/store/claim.ts';
import { elderOverlapping, type StorePlace } from '../../domain/store/place.ts';
import { parseStore } from '../../api/store.ts';
import { DocumentError } from '../../wire/document.ts';
import { makeClaim, readClaims } from './claims.ts';
import { readAccess } from './credentials.ts';
import { type Finding, trouble, troubleOf } from './finding.ts';
import type { OpenedStore } from './open-stores.ts';
import { probeAgainSeconds, type StoreWorld } from './store-world.ts';

/** Examines the store; nothing is written below a prefix that is somebody else's. */
export async function examine(
  world: StoreWorld,
  store: CheckpointStore,
  signal: AbortSignal,
): Promise<Finding> {
  const elder = elderOverlapping(placeOf(store), otherPlaces(world));
  if (elder !== undefined) {
    const detail = `"${store.spec.s3.prefix}" and "${elder.prefix}", which CheckpointStore ${elder.name} had before`;
    return trouble('PrefixOverlaps', detail);
  }
  const access = await readAccess(world, store, signal);
  if (access.kind === 'Trouble') return access;
  const opened = world.opened.open(store, access);
  try {
    const refused = await claim(world, { store, opened }, signal);
    return refused ?? (await probe(world, { store, opened }, signal));
  } catch (cause) {
    opened.probe = undefined;
    return troubleOf(cause);
  }
}

interface Examined {
  readonly store: CheckpointStore;
  readonly opened: OpenedStore;
}

const placeOf = ({ metadata, spec: { s3 } }: CheckpointStore): StorePlace => ({
  name: metadata.name,
  endpoint: s3.endpoint,
  bucket: s3.bucket,
  prefix: s3.prefix,
  createdAt: metadata.creationTimestamp,
});

function otherPlaces(world: StoreWorld): readonly StorePlace[] {
  return [...world.stores.values()].flatMap((object) => {
    const parsed = parseStore(object);
    return 'ok' in parsed ? [placeOf(parsed.ok)] : [];
  });
}

/** Makes sure that the prefix is ours; returns why it cannot be. */
async function claim(
  world: StoreWorld,
  { store, opened: { objects } }: Examined,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const { s3, adoptClusters } = store.spec;
  const { prefix } = s3;
  const ours = { clusterUid: world.clusterUid, store: store.metadata.name };
  const stores = new Set([...world.stores.values()].map(({ metadata }) => metadata.name));
  try {
    const found = await readClaims(objects, prefix, signal);
    const verdict = judgeClaim({ ours, prefix, found, stores, adoptClusters });
    if (verdict.kind === 'Refused') return trouble(verdict.reason, verdict.detail);
    if (verdict.kind === 'Make')
      await makeClaim(objects, { prefix, claim: ours, over: verdict.over }, signal);
    return undefined;
  } catch (cause) {
    if (cause instanceof DocumentError) return trouble('ForeignClaim', cause.message);
    throw cause;
  }
}

async function probe(world: StoreWorld, { store, opened }: Examined, signal: AbortSignal): Promise<Finding> {
  const { objects, forRuns } = opened;
  const now = world.clock.monotonic();
  if (opened.probe === undefined || now - opened.probe.at >= probeAgainSeconds * 1000) {
    opened.probe = { at: now, capabilities: await objects.probe(store.spec.s3.prefix, signal) };
  }
  return { kind: 'Usable', objects: forRuns, capabilities: opened.probe.capabilities };
}
