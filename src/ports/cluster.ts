// What the operator and the CLI ask of the Kubernetes API: typed by resource, never a path or a verb of HTTP.
import type { Instant } from '../domain/units.ts';
import type { KubeObject } from './kube-objects.ts';

/** A kind as the API serves it; `T` is the shape of its objects. */
export interface Resource<T extends KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: carries the type. */
  readonly shape?: T;
}

export interface ObjectName {
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
}

/** The name under which a {@link Cache} keeps an object: `namespace/name`, or `name` for cluster-scoped kinds. */
export const cacheKey = ({ namespace, name }: ObjectName): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** The name of an object that was read. */
export const nameOf = ({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace?: string;
}): ObjectName => (namespace === undefined ? { name } : { name, namespace });

export interface ListScope {
  /** Absent = all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** `regarding.uid=…,reason=…`: which fields a kind knows, its API says. */
  readonly fieldSelector?: string;
}

/** An object to create or apply; `metadata.namespace` for namespaced kinds. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface Deletion {
  readonly name: ObjectName;
  /** Only this very object; another of the same name is left alone (Conflict). */
  readonly uid: string;
  readonly propagation: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

export interface ObjectPatch {
  readonly name: ObjectName;
  readonly patch: object;
}

/** Fields of an object that one field manager owns from now on, whatever others apply. */
export interface FieldClaim {
  readonly name: ObjectName;
  /** Only this very object: another of the name is Conflict or Invalid, and none is made. */
  readonly uid: string;
  readonly fieldManager: string;
  /** Everything this manager owns of the object: what it owned before and is not here goes, unless another owns it too. */
  readonly fields: object;
}

export interface StatusPatch {
  readonly name: ObjectName;
  readonly uid: string;
  /** Written only over this version, else Conflict. */
  readonly resourceVersion: string;
  readonly status: object;
}

export type ClusterErrorCode =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid' // 400, 422: the object is wrong
  | 'Forbidden' // 401, 403: rights, quota or an admission policy
  | 'Unavailable'; // time-outs, resets, 429, 5xx after the adapter's bounded tries; the write may have happened

/** The one error of a {@link Cluster}; the message is the API server's own sentence where it gave one. */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClusterError';
    this.code = code;
  }
}

/** A change seen by a watch; `after` is undefined when the object is gone. */
export interface CacheChange<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** A local copy of a kind, kept by list and watch however often the watch ends. It can lag; it never lies about the past. */
export interface Cache<T extends KubeObject> {
  get(key: string): T | undefined;
  values(): Iterable<T>;
  /** Objects carrying `label` = `value`; the labels must have been named when the watch was opened. */
  labelled(label: string, value: string): readonly T[];
  /** Tells every change, also those found by a new list, until the returned function is called; the listener must not throw. */
  onChange(listener: (change: CacheChange<T>) => void): () => void;
  /** Resolves once the first list is complete. */
  synced(signal: AbortSignal): Promise<void>;
  /** Milliseconds (monotonic) since the API server was last heard, for metrics and health. */
  silence(): number;
}

export interface WatchOptions<T extends KubeObject> extends Omit<ListScope, 'fieldSelector'> {
  /** What of an object is kept, where most of it is never read; default: all. */
  readonly keep?: (object: T) => T;
  /** Labels to index for {@link Cache.labelled}. */
  readonly indexLabels?: readonly string[];
}

export interface LogTail extends ObjectName {
  readonly container: string;
  readonly lines: number;
}

export interface LogHead extends ObjectName {
  readonly container: string;
  readonly bytes: number;
}

export interface LogQuery extends ObjectName {
  readonly container: string;
  /** Only so many lines at the end; absent = all. */
  readonly tailLines?: number;
  /** Only what was written in the second of this instant or later. */
  readonly since?: Instant;
  /** Goes on with what is written from now on, until the container ends. */
  readonly follow: boolean;
}

/**
 * A line of a log. One that carriage returns rewrite comes as it last looked whenever a piece of the log has arrived, and again with
 * the next piece; one of more than 16 KiB comes in pieces.
 */
export interface LogLine {
  /** When the line was begun; undefined when the log does not say. */
  readonly at: Instant | undefined;
  readonly text: string;
}

/** One API server. Every method rejects with {@link ClusterError}, or the signal's reason when aborted. */
export interface Cluster {
  /** Read from the API server, not from a cache; undefined when there is none. */
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<T | undefined>;
  list<T extends KubeObject>(
    resource: Resource<T>,
    scope: ListScope,
    signal: AbortSignal,
  ): Promise<readonly T[]>;
  create<T extends KubeObject>(resource: Resource<T>, manifest: Manifest, signal: AbortSignal): Promise<T>;
  /** Server-side apply of the whole status under our field manager, guarded by resourceVersion and uid. */
  applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    patch: StatusPatch,
    signal: AbortSignal,
  ): Promise<T>;
  /** Server-side apply of the fields, by force. */
  claim<T extends KubeObject>(resource: Resource<T>, claim: FieldClaim, signal: AbortSignal): Promise<T>;
  /** JSON merge patch (RFC 7386) of the object, not of its status. */
  patch<T extends KubeObject>(resource: Resource<T>, patch: ObjectPatch, signal: AbortSignal): Promise<T>;
  /** Absent is success; another uid is Conflict. */
  delete<T extends KubeObject>(resource: Resource<T>, deletion: Deletion, signal: AbortSignal): Promise<void>;
  /** Opens a list and watch that lives until the signal is aborted. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions<T>, signal: AbortSignal): Cache<T>;
  /** The last lines of a container's log; undefined when there is none any more. */
  logTail(tail: LogTail, signal: AbortSignal): Promise<string | undefined>;
  /** The first bytes of a container's log, each line after the time it was written; undefined when there is none any more. */
  logHead(head: LogHead, signal: AbortSignal): Promise<string | undefined>;
  /** A container's log line by line, however long it is; undefined when there is none, or none yet. The lines reject as calls do. */
  logLines(query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<LogLine> | undefined>;
}
