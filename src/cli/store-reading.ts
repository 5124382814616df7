// A whole store, counted with whatever credentials the user has: in one go, or namespace by namespace with the Secrets of the agents, which
// are best limited to theirs. What nobody lets the user see is said. Keeps sums alone.
import type { CheckpointStore } from '../api/store.ts';
import { StoreTally } from '../domain/store/tally.ts';
import { sideBySide } from '../observation/bucket-documents.ts';
import { namespaces } from '../ports/kinds.ts';
import { type ObjectStore, ObjectStoreError } from '../ports/objects.ts';
import { CommandError } from './errors.ts';
import type { Asking } from './reach.ts';
import { openWithSecret, withStore } from './store-access.ts';

/** What one key opens, and what lies there. */
export interface StorePart {
  readonly objects: ObjectStore;
  readonly tally: StoreTally;
}

export interface StoreReading {
  readonly parts: readonly StorePart[];
  /** The namespaces whose part was read; undefined = all there is. */
  readonly reached: ReadonlySet<string> | undefined;
}

export interface StoreWish {
  readonly store: CheckpointStore;
  /** Whose Secret is tried first. */
  readonly namespace: string;
}

/** Everything that lies in the store. @throws CommandError when no credentials open any of it */
export async function readStore(asking: Asking, wish: StoreWish, signal: AbortSignal): Promise<StoreReading> {
  const { store, namespace } = wish;
  const use = (objects: ObjectStore): Promise<StorePart> =>
    countPart(asking, { store, objects, folder: '' }, signal);
  try {
    const part = await withStore(asking, { cluster: asking.cluster, store, namespace, use }, signal);
    return { parts: [part], reached: undefined };
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return await readNamespaces(asking, { store, cause }, signal);
  }
}

interface Refused {
  readonly store: CheckpointStore;
  /** Why the whole could not be read. */
  readonly cause: CommandError;
}

async function readNamespaces(
  asking: Asking,
  { store, cause }: Refused,
  signal: AbortSignal,
): Promise<StoreReading> {
  const question = {
    missing: 'list namespaces',
    unjudged: 'which namespaces have a Secret that opens their part of a store',
  };
  const listed = await asking.reach.ask(question, () => asking.cluster.list(namespaces, {}, signal));
  const names = (listed?.answer ?? []).map(({ metadata }) => metadata.name);
  const read = await sideBySide(names, async (name) =>
    readNamespace(asking, { store, namespace: name }, signal),
  );
  const found = read.flatMap((one) => one ?? []);
  if (found.length === 0) throw cause;
  const reached = found.map(({ namespace }) => namespace);
  const missing = `list all of the store ${store.metadata.name}`;
  const unjudged = `what lies there beside the namespaces ${reached.join(', ')}`;
  asking.reach.note({ missing, unjudged }, cause);
  return { parts: found, reached: new Set(reached) };
}

async function readNamespace(
  asking: Asking,
  { store, namespace }: StoreWish,
  signal: AbortSignal,
): Promise<(StorePart & { readonly namespace: string }) | undefined> {
  const objects = await openWithSecret(asking, { cluster: asking.cluster, store, namespace }, signal);
  if (objects === undefined) return undefined;
  try {
    return { namespace, ...(await countPart(asking, { store, objects, folder: `${namespace}/` }, signal)) };
  } catch (cause) {
    if (isDenied(cause)) return undefined;
    throw cause;
  }
}

const isDenied = (cause: unknown): boolean =>
  cause instanceof ObjectStoreError && (cause.code === 'AccessDenied' || cause.code === 'Refused');

interface Place {
  readonly store: CheckpointStore;
  readonly objects: ObjectStore;
  /** Below the store's prefix; '' = all of it. */
  readonly folder: string;
}

async function countPart(
  { reach }: Asking,
  { store, objects, folder }: Place,
  signal: AbortSignal,
): Promise<StorePart> {
  const { prefix } = store.spec.s3;
  const below = `${prefix === '' ? '' : `${prefix}/`}${folder}`;
  const part = { objects, tally: new StoreTally(prefix) };
  await countObjects(part, { below, isVersioned: store.status?.capabilities?.versioning === true }, signal);
  try {
    await countUploads(part, below, signal);
  } catch (cause) {
    if (!isDenied(cause)) throw cause;
    const missing = `list the unfinished uploads of the store ${store.metadata.name}`;
    reach.note({ missing, unjudged: 'how much they take' }, cause);
  }
  return part;
}

async function countObjects(
  { objects, tally }: StorePart,
  { below: prefix, isVersioned }: { readonly below: string; readonly isVersioned: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (isVersioned)
    for await (const page of objects.scanVersions({ prefix }, signal))
      for (const version of page) tally.addVersion(version);
  else
    for await (const page of objects.scan({ prefix }, signal)) for (const listed of page) tally.add(listed);
}

async function countUploads(
  { objects, tally }: StorePart,
  prefix: string,
  signal: AbortSignal,
): Promise<void> {
  const uploads = await objects.listUploads(prefix, signal);
  await sideBySide(uploads, async (upload) => {
    const sizeBytes = await objects.sizeOfUpload(upload, signal);
    // it ended meanwhile
    if (sizeBytes !== undefined) tally.addUpload({ key: upload.key, sizeBytes });
  });
}
