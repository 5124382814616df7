// Counts what lies in a store, object by object as a scan shows them in no order: per run, per namespace and in all. It keeps
// sums, and one by one only the checkpoints of runs that are gone, up to a number: a store has more objects than memory.
import type { Checkpoint, ListedObject } from '../bucket/inventory.ts';
import type { RunObject } from '../bucket/keys.ts';
import { parseStoreKey } from '../bucket/store-keys.ts';
import type { Bytes, Update } from '../units.ts';
import { digestOfOne, emptyDigest, joinDigests } from './content-digest.ts';

export interface Amount {
  readonly objects: number;
  readonly bytes: Bytes;
}

/** What a bucket that keeps old versions shows besides. */
export interface TalliedVersion extends ListedObject {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

/** An object, or in a bucket that keeps old versions one of them. */
export type OldLog =
  | { readonly key: string; readonly etag: string; readonly versionId?: undefined }
  | { readonly key: string; readonly etag?: undefined; readonly versionId: string };

/** One run's part of the store. */
export interface RunTally extends Amount {
  readonly namespace: string;
  readonly run: string;
  readonly marker: ListedObject | undefined;
  /** Equal for equal sets of keys and ETags, whatever their order. */
  readonly digest: number;
  /** The same of its checkpoints alone. */
  readonly content: number;
  /** Its checkpoints, where they were asked for and not too many. */
  readonly checkpoints: readonly Checkpoint[] | undefined;
  /** What pins hold there by their names. */
  readonly pins: readonly TalliedPin[];
}

export interface TalliedPin {
  readonly attempt: number;
  readonly update: Update;
}

/** Of which runs the checkpoints are kept one by one. */
export interface Keeping {
  /** By `namespace/run`. */
  readonly isKept: (run: string) => boolean;
  /** So many in all; a run that would go beyond is kept of no more. */
  readonly most: number;
}

const keepingNone: Keeping = { isKept: () => false, most: 0 };

type Sum = { -readonly [K in keyof Amount]: Amount[K] };
type RunSum = { -readonly [K in keyof Omit<RunTally, 'checkpoints' | 'pins'>]: RunTally[K] } & {
  checkpoints: Checkpoint[] | undefined;
  readonly pins: TalliedPin[];
};

type CheckpointName = Extract<RunObject, { is: 'Checkpoint' }>;

const nothing = (): Sum => ({ objects: 0, bytes: 0 });

export class StoreTally {
  readonly current: Sum = nothing();
  /** Old versions and delete markers. */
  readonly noncurrent: Sum = nothing();
  /** Uploads that were neither completed nor given up. */
  readonly unfinished: Sum = nothing();
  /** Of the current objects, those whose names nobody knows. */
  readonly unknown: Sum = nothing();
  /** Everything that is billed, by namespace. */
  readonly namespaces = new Map<string, Sum>();
  /** By `namespace/run`. */
  readonly runs = new Map<string, RunSum>();
  /** Logs of deletions that were kept long enough. */
  readonly oldLogs: OldLog[] = [];
  readonly #prefix: string;
  readonly #oldestLog: string;
  readonly #keeping: Keeping;
  #kept = 0;

  /** `prefix` is the store's, `oldestLog` the first day whose logs are kept; '' keeps all. */
  constructor(prefix: string, oldestLog = '', keeping = keepingNone) {
    this.#prefix = prefix;
    this.#oldestLog = oldestLog;
    this.#keeping = keeping;
  }

  add(listed: ListedObject): void {
    const { key, etag } = listed;
    this.#addCurrent(listed);
    if (this.#isOldLog(key)) this.oldLogs.push({ key, etag });
  }

  #addCurrent(listed: ListedObject): void {
    const place = parseStoreKey(this.#prefix, listed.key);
    grow(this.current, listed.sizeBytes);
    if (place === undefined) return grow(this.unknown, listed.sizeBytes);
    if (place.is === 'Own') return;
    this.#addTo(place.namespace, listed.sizeBytes);
    if (place.is === 'Source') return;
    const run = this.#run(place);
    grow(run, listed.sizeBytes);
    const digest = digestOfOne(listed);
    run.digest = joinDigests(run.digest, digest);
    if (place.object === undefined) grow(this.unknown, listed.sizeBytes);
    else if (place.object.is === 'Checkpoint') {
      run.content = joinDigests(run.content, digest);
      this.#keep(run, place.object, listed);
    } else this.#addObject(run, place.object, listed);
  }

  #addObject(run: RunSum, object: RunObject, listed: ListedObject): void {
    if (object.is === 'Run') run.marker = listed;
    else if (object.is === 'Pin') run.pins.push({ attempt: object.attemptNumber, update: object.update });
  }

  #keep(run: RunSum, { attempt, kind, update }: CheckpointName, listed: ListedObject): void {
    if (run.checkpoints === undefined) return;
    this.#kept += 1;
    if (this.#kept > this.#keeping.most) run.checkpoints = undefined;
    else run.checkpoints.push({ ...listed, attempt, kind, update });
  }

  addVersion(version: TalliedVersion): void {
    const { key, versionId } = version;
    if (this.#isOldLog(key)) this.oldLogs.push({ key, versionId });
    if (version.isLatest && !version.isDeleteMarker) return this.#addCurrent(version);
    grow(this.noncurrent, version.sizeBytes);
    this.#addElsewhere(version);
  }

  addUpload(upload: Pick<ListedObject, 'key' | 'sizeBytes'>): void {
    grow(this.unfinished, upload.sizeBytes);
    this.#addElsewhere(upload);
  }

  #isOldLog(key: string): boolean {
    if (!key.endsWith('.json')) return false;
    const place = parseStoreKey(this.#prefix, key);
    return place?.is === 'OfRun' && place.object?.is === 'Deletions' && place.object.date < this.#oldestLog;
  }

  #addElsewhere({ key, sizeBytes }: Pick<ListedObject, 'key' | 'sizeBytes'>): void {
    const place = parseStoreKey(this.#prefix, key);
    if (place !== undefined && place.is !== 'Own') this.#addTo(place.namespace, sizeBytes);
  }

  #addTo(namespace: string, bytes: Bytes): void {
    const sum = this.namespaces.get(namespace) ?? nothing();
    grow(sum, bytes);
    this.namespaces.set(namespace, sum);
  }

  #run({ namespace, run }: Pick<RunTally, 'namespace' | 'run'>): RunSum {
    const name = `${namespace}/${run}`;
    const known = this.runs.get(name);
    if (known !== undefined) return known;
    const fresh: RunSum = {
      ...nothing(),
      namespace,
      run,
      marker: undefined,
      digest: emptyDigest,
      content: emptyDigest,
      checkpoints: this.#keeping.isKept(name) ? [] : undefined,
      pins: [],
    };
    this.runs.set(name, fresh);
    return fresh;
  }
}

function grow(sum: Sum, bytes: Bytes): void {
  sum.objects += 1;
  sum.bytes += bytes;
}
