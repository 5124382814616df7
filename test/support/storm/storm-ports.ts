// The ports of a process in a storm: every call takes its steps, and the judge sees what is asked of the bucket and of the API server.
import type { ListedObject } from '../../../src/domain/bucket/inventory.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { runs } from '../../../src/ports/kinds.ts';
import type { KubeObject } from '../../../src/ports/kube-objects.ts';
import type { BulkDeletion, DeleteFailure, DeletionTarget, ObjectStore } from '../../../src/ports/objects.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import type { Asked, Suspect, Witness } from './storm-witness.ts';

type Method = (...args: readonly unknown[]) => unknown;
type Step = (call: string) => Promise<void>;

/** The port, each asynchronous call of which takes a step before it is made and one when it was answered. */
export function stepped<T extends object>(step: Step, port: T): T {
  return new Proxy(port, {
    get(target, name) {
      const field: unknown = Reflect.get(target, name, target);
      if (typeof field !== 'function') return field;
      const method = field.bind(target) as Method;
      if (name === 'watch' || name === 'time' || name === 'trouble') return method;
      const call = String(name);
      if ('upload' in port && (call === 'list' || call.startsWith('scan')))
        return (...args: unknown[]) => steppedPages(step, { call, method }, args);
      return async (...args: unknown[]) => {
        await step(call);
        const answer = await method(...args);
        await step(call);
        return answer;
      };
    },
  });
}

async function* steppedPages(
  step: Step,
  { call, method }: { readonly call: string; readonly method: Method },
  args: readonly unknown[],
): AsyncGenerator {
  await step(call);
  yield* method(...args) as AsyncIterable<unknown>;
  await step(call);
}

export interface Witnessing {
  readonly judge: Witness;
  readonly suspect: Suspect;
  /** Called between two pieces of a batch: a server does not delete all of it at once. */
  readonly midway: () => Promise<void>;
}

/** So many keys of a batch go at once. */
const pieceKeys = 2;

/** The bucket, with the judge looking at every listing and deletion. */
export function witnessedObjects({ judge, suspect, midway }: Witnessing, objects: ObjectStore): ObjectStore {
  const methods: Partial<ObjectStore> = {
    list: (prefix, signal) => witnessedList({ judge, suspect, objects }, prefix, signal),
    async *scan(request, signal) {
      await judge.scanning(suspect, request.prefix);
      yield* objects.scan(request, signal);
    },
    get: async (key, signal) => {
      try {
        const found = await objects.get(key, signal);
        if (found !== undefined) judge.told(suspect, key, new TextDecoder().decode(found.bytes));
        return found;
      } catch (cause) {
        judge.told(suspect, key, undefined);
        throw cause;
      }
    },
    time: () => {
      const time = objects.time();
      judge.toldTime(suspect, time);
      return time;
    },
    delete: async (keys, signal) => {
      const judged = await judge.deleting(suspect, keys);
      try {
        return await deletePieces({ objects, midway }, keys, signal);
      } finally {
        await judged();
      }
    },
    bulkDelete: async (deletion, signal) =>
      witnessedBulk({ judge, suspect, midway, objects }, deletion, signal),
  };
  return overlaid(objects, methods);
}

async function deletePieces(
  { objects, midway }: Pick<Witnessing, 'midway'> & { readonly objects: ObjectStore },
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = [];
  for (let from = 0; from < keys.length; from += pieceKeys) {
    if (from > 0) await midway();
    failures.push(...(await objects.delete(keys.slice(from, from + pieceKeys), signal)));
  }
  return failures;
}

const nothingToJudge = async (): Promise<void> => undefined;

async function witnessedBulk<T extends DeletionTarget>(
  { judge, suspect, midway, objects }: Witnessing & { readonly objects: ObjectStore },
  deletion: BulkDeletion<T>,
  signal: AbortSignal,
): Promise<void> {
  let judged = nothingToJudge;
  await objects.bulkDelete(
    {
      targets: deletion.targets,
      beforeBatch: async (batch) => {
        await midway();
        await deletion.beforeBatch(batch);
        judged = await judge.deleting(
          suspect,
          batch.map(({ key }) => key),
        );
      },
      afterBatch: async (outcome) => {
        await judged();
        await deletion.afterBatch(outcome);
      },
    },
    signal,
  );
}

/** In no order, and with something told twice: nobody may rest on either. What came before a failure is handed over all the same. */
async function* witnessedList(
  { judge, suspect, objects }: Omit<Witnessing, 'midway'> & { readonly objects: ObjectStore },
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  const received = await judge.listing(suspect, prefix);
  const pages: (readonly ListedObject[])[] = [];
  const collecting = async (): Promise<void> => {
    for await (const page of objects.list(prefix, signal)) pages.push(page);
  };
  const collected = collecting();
  await collected.catch(() => undefined);
  yield* pages.toReversed();
  const [first] = pages;
  if (first !== undefined) yield first.slice(0, 1);
  await collected;
  received();
}

/** The API server, with the judge hearing what it says of the objects that retention rests on. */
export function witnessedCluster(
  { judge, suspect, isFew }: Omit<Witnessing, 'midway'> & { readonly isFew: () => boolean },
  cluster: Cluster,
): Cluster {
  const tell = (asked: Asked, objects: readonly KubeObject[]): void =>
    judge.reRead(suspect, asked, objects as readonly StoredObject[]);
  const methods: Partial<Cluster> = {
    async get(resource, name, signal) {
      const object = await cluster.get(resource, name, signal);
      tell({ verb: 'get', plural: resource.plural }, object === undefined ? [] : [object]);
      return object;
    },
    async list(resource, scope, signal) {
      const all = await cluster.list(resource, scope, signal);
      const isShort = resource.plural === runs.plural && scope.namespace === undefined && isFew();
      const objects = isShort ? all.slice(0, 1) : all;
      tell({ verb: 'list', plural: resource.plural }, objects);
      return objects;
    },
  };
  return overlaid(cluster, methods);
}

function overlaid<T extends object>(port: T, methods: Partial<T>): T {
  return new Proxy(port, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const field: unknown = Reflect.get(target, name, target);
      return typeof field === 'function' ? field.bind(target) : field;
    },
  });
}
