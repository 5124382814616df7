// What kube-apiserver and the garbage collector do with objects, without HTTP: preconditions, status apart from spec, finalizers,
// owners. The in-memory Cluster and the fake API server both stand on it. Synchronous and deterministic; no time of its own.
import type { Instant } from '../../../src/domain/units.ts';
import type { ListScope, ObjectName } from '../../../src/ports/cluster.ts';
import type { ObjectMeta } from '../../../src/ports/kube-objects.ts';
import { ApiError } from './api-error.ts';
import {
  type DeletionRequest,
  isFinished,
  markDeleted,
  releaseForeground,
  waitsForDependents,
} from './deletion.ts';
import { applyFields } from './applied-fields.ts';
import { parseFieldSelector } from './field-selector.ts';
import type { StoredObject } from './journal.ts';
import { parseLabelSelector } from './label-selector.ts';
import { isJsonObject, type JsonObject, mergePatch } from './merge-patch.ts';
import { formatTime, ObjectRows, type Row, type Table } from './object-rows.ts';

export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

const resourceName = ({ group, plural }: Table): string => (group === '' ? plural : `${plural}.${group}`);

export class ObjectStorage {
  readonly #rows = new ObjectRows();
  readonly #now: () => Instant;
  #created = 0;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  get journal(): ObjectRows['journal'] {
    return this.#rows.journal;
  }

  read(table: Table, name: ObjectName): StoredObject | undefined {
    return this.#rows.get(table, name);
  }

  list(table: Table, scope: ListScope): readonly StoredObject[] {
    const matches = parseLabelSelector(scope.labelSelector);
    const holds = parseFieldSelector(scope.fieldSelector);
    return this.#rows.of(table).filter((object) => {
      const { metadata } = object;
      const within = scope.namespace === undefined || metadata.namespace === scope.namespace;
      return within && matches(metadata.labels) && holds(object);
    });
  }

  /** Creates as a user does: a status given is dropped, and an object whose owners are all gone is collected at once. */
  create(table: Table, manifest: JsonObject): StoredObject {
    const { status: _status, ...rest } = manifest;
    const created = this.seed(table, rest);
    const owners = created.metadata.ownerReferences ?? [];
    const orphan = owners.length > 0 && owners.every(({ uid }) => this.#byUid(uid) === undefined);
    if (orphan) this.delete(table, created.metadata, {});
    return created;
  }

  /** Puts an object with its status and marks as they are; fills in what the server always sets. */
  seed(table: Table, manifest: JsonObject): StoredObject {
    const given = (isJsonObject(manifest['metadata']) ? manifest['metadata'] : {}) as Partial<ObjectMeta>;
    const name = String(given.name);
    if (this.read(table, { ...given, name }) !== undefined) {
      throw new ApiError('AlreadyExists', `${resourceName(table)} "${name}" already exists`);
    }
    const metadata = {
      ...given,
      name,
      uid: given.uid ?? this.#newUid(),
      resourceVersion: '',
      creationTimestamp: given.creationTimestamp ?? formatTime(this.#now()),
    };
    return this.#rows.commit(table, { ...manifest, metadata });
  }

  /** Replaces the status alone. A wrong uid or version is Conflict, no object NotFound. */
  putStatus(
    table: Table,
    name: ObjectName,
    change: Preconditions & { readonly status: unknown },
  ): StoredObject {
    const before = this.#existing(table, name);
    this.#check(table, before, change);
    return this.#rows.commit(table, { ...before, status: change.status });
  }

  /** Server-side apply by a manager that owns nothing else of the object. */
  claim(
    table: Table,
    name: ObjectName,
    { uid, fields }: { readonly uid: string | undefined; readonly fields: object },
  ): StoredObject {
    const before = this.#existing(table, name);
    this.#check(table, before, { uid });
    return this.#settle(table, applyFields(before, fields) as StoredObject);
  }

  /** Merge-patches everything but the status; identity and deletion marks stay. */
  patch(table: Table, name: ObjectName, patch: JsonObject): StoredObject {
    const before = this.#existing(table, name);
    this.#check(table, before, patch['metadata'] ?? {});
    const wanted = mergePatch(before, patch) as StoredObject;
    const metadata = { ...wanted.metadata, ...identity(before.metadata) };
    const after = { ...wanted, status: before['status'], metadata };
    this.#refuseNewFinalizers(table, before, after);
    return this.#settle(table, after);
  }

  /** Marks or removes an object and, unless orphaned, what it owns. */
  delete(table: Table, name: ObjectName, request: DeletionRequest): StoredObject {
    const before = this.#existing(table, name);
    this.#check(table, before, request);
    const { uid } = before.metadata;
    if (request.propagation === 'Orphan') this.#disown(uid);
    const hasDependents = this.#dependents(uid).length > 0;
    const marked = markDeleted(table, before, { request, now: this.#now(), hasDependents });
    if (marked === undefined) return this.#remove(table, before);
    const stored = this.#rows.commit(table, marked);
    if (waitsForDependents(stored)) this.#collect(uid);
    return this.read(table, name) ?? stored;
  }

  #settle(table: Table, object: StoredObject): StoredObject {
    return isFinished(object) ? this.#remove(table, object) : this.#rows.commit(table, object);
  }

  #remove(table: Table, object: StoredObject): StoredObject {
    const removed = this.#rows.remove(table, object);
    this.#collect(object.metadata.uid);
    for (const owner of object.metadata.ownerReferences ?? []) this.#release(owner.uid);
    return removed;
  }

  /** Deletes what has no other living owner. */
  #collect(uid: string): void {
    for (const { table, object } of this.#dependents(uid)) {
      const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
      const kept = others.some((owner) => this.#byUid(owner.uid) !== undefined);
      if (kept)
        this.#rows.commit(table, { ...object, metadata: { ...object.metadata, ownerReferences: others } });
      else if (object.metadata.deletionTimestamp === undefined) this.delete(table, object.metadata, {});
    }
  }

  /** Lets go of an owner that waited for its dependents. */
  #release(uid: string): void {
    const owner = this.#byUid(uid);
    if (owner === undefined || !waitsForDependents(owner.object) || this.#dependents(uid).length > 0) return;
    this.#settle(owner.table, releaseForeground(owner.object));
  }

  #disown(uid: string): void {
    for (const { table, object } of this.#dependents(uid)) {
      const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
      this.#rows.commit(table, { ...object, metadata: { ...object.metadata, ownerReferences: others } });
    }
  }

  #dependents(uid: string): readonly Row[] {
    const owned = ({ object }: Row): boolean =>
      (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
    return this.#rows.all().filter(owned);
  }

  #byUid(uid: string): Row | undefined {
    return this.#rows.all().find(({ object }) => object.metadata.uid === uid);
  }

  #existing(table: Table, name: ObjectName): StoredObject {
    const object = this.read(table, name);
    if (object !== undefined) return object;
    throw new ApiError('NotFound', `${resourceName(table)} "${name.name}" not found`);
  }

  #check(table: Table, { metadata }: StoredObject, { uid, resourceVersion }: Preconditions): void {
    const refusal = `Operation cannot be fulfilled on ${resourceName(table)} "${metadata.name}":`;
    if (uid !== undefined && uid !== metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
      throw new ApiError('Conflict', `${refusal} ${why}`);
    }
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
      const why =
        'the object has been modified; please apply your changes to the latest version and try again';
      throw new ApiError('Conflict', `${refusal} ${why}`);
    }
  }

  #refuseNewFinalizers(table: Table, before: StoredObject, after: StoredObject): void {
    if (before.metadata.deletionTimestamp === undefined) return;
    const had = before.metadata.finalizers ?? [];
    const added = (after.metadata.finalizers ?? []).filter((finalizer) => !had.includes(finalizer));
    if (added.length === 0) return;
    const why =
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted';
    throw new ApiError('Invalid', `${resourceName(table)} "${before.metadata.name}" is invalid: ${why}`);
  }

  #newUid(): string {
    this.#created += 1;
    return `${(0x9f31c000 + this.#created).toString(16)}-0000-4000-8000-000000000000`;
  }
}

/** What no patch can change. */
function identity(metadata: ObjectMeta): ObjectMeta {
  const { name, uid, resourceVersion, creationTimestamp } = metadata;
  const { namespace, generation, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const optional = { namespace, generation, deletionTimestamp, deletionGracePeriodSeconds };
  return { name, uid, resourceVersion, creationTimestamp, ...(optional as Partial<ObjectMeta>) };
}
