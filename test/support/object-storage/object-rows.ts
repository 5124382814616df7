// The rows and the journal: every commit gets a version, a generation when its spec changed, and an event. Knows no rules of the API.
import { isDeepStrictEqual } from 'node:util';
import { cacheKey, type ObjectName } from '../../../src/ports/cluster.ts';
import { Journal, type StoredObject } from './journal.ts';

/** One kind as the storage knows it. A {@link Resource} of the port is one too. */
export interface Table {
  readonly group: string;
  readonly plural: string;
}

export interface Row {
  readonly table: Table;
  readonly object: StoredObject;
}

export const tableName = ({ group, plural }: Table): string => `${group}/${plural}`;

/** A time as the API writes it: whole seconds, UTC. */
export const formatTime = (milliseconds: number): string =>
  new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace('.000Z', 'Z');

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** What the generation counts: changes of anything but metadata and status, and the start of a deletion. */
function desired({ metadata, status: _status, ...rest }: StoredObject): unknown {
  return [rest, metadata.deletionTimestamp === undefined];
}

export class ObjectRows {
  readonly journal = new Journal();
  readonly #tables = new Map<string, Map<string, Row>>();

  get(table: Table, name: ObjectName): StoredObject | undefined {
    return this.#rows(table).get(cacheKey(name))?.object;
  }

  /** The objects of a table in key order, as etcd lists them. */
  of(table: Table): readonly StoredObject[] {
    const rows = [...this.#rows(table)].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return rows.map(([, row]) => row.object);
  }

  all(): readonly Row[] {
    return [...this.#tables.values()].flatMap((rows) => [...rows.values()]);
  }

  /** Stores an object as the next version; unchanged objects keep theirs and tell nobody. */
  commit(table: Table, object: StoredObject): StoredObject {
    const before = this.get(table, object.metadata);
    if (before !== undefined && isDeepStrictEqual(plain(object), plain(before))) return before;
    const resourceVersion = this.journal.nextVersion();
    const generation = before?.metadata.generation ?? 0;
    const bump = before === undefined || !isDeepStrictEqual(desired(plain(object)), desired(plain(before)));
    const metadata = { ...object.metadata, generation: bump ? generation + 1 : generation };
    const after = this.#versioned({ ...object, metadata }, resourceVersion);
    this.#rows(table).set(cacheKey(after.metadata), { table, object: after });
    const type = before === undefined ? 'ADDED' : 'MODIFIED';
    this.journal.append({ type, table: tableName(table), resourceVersion, object: after, before });
    return after;
  }

  remove(table: Table, object: StoredObject): StoredObject {
    const before = this.get(table, object.metadata);
    const resourceVersion = this.journal.nextVersion();
    const last = this.#versioned(object, resourceVersion);
    this.#rows(table).delete(cacheKey(object.metadata));
    this.journal.append({ type: 'DELETED', table: tableName(table), resourceVersion, object: last, before });
    return last;
  }

  #versioned(object: StoredObject, resourceVersion: number): StoredObject {
    const metadata = { ...object.metadata, resourceVersion: String(resourceVersion) };
    return deepFreeze(plain({ ...object, metadata }));
  }

  #rows(table: Table): Map<string, Row> {
    const name = tableName(table);
    const rows = this.#tables.get(name) ?? new Map<string, Row>();
    this.#tables.set(name, rows);
    return rows;
  }
}

/** As JSON carries it: no undefined, no shared parts. */
function plain(object: StoredObject): StoredObject {
  return JSON.parse(JSON.stringify(object)) as StoredObject;
}
