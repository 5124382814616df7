// What one process of a storm over a store could know from its sweeps and plans, followed with pen and paper: which runs it missed, what
// they left, and what the capacities of policies take.
import { namespaces, policies, runs } from '../../../src/ports/kinds.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { isWish, type LeftMarker, markerIn } from './left-reading.ts';
import { type KnownLeft, type KnownRun, takenBy, type Taken } from './naive-capacity.ts';
import { governedBy } from './storm-policies.ts';
import type { Knowledge } from './storm-question.ts';
import { checkpointNamed, type TrueObject } from './told-bucket.ts';

type Missed = ReadonlyMap<string, { readonly uid: string; readonly count: number }>;

interface SweptLook {
  readonly startedAt: number;
  readonly objects: readonly TrueObject[];
  /** The places whose checkpoints were kept one by one. */
  readonly kept: ReadonlySet<string>;
  readonly markers: ReadonlyMap<string, LeftMarker>;
  readonly missed: Missed;
  readonly storeTime: number | undefined;
}

/** A run and what its newest judgement rested on. */
export interface Seen {
  readonly object: StoredObject;
  readonly known: Knowledge | undefined;
}

/** So long what was taken may stay taken while something cannot be counted. */
const patienceMilliseconds = 900_000;

export class StoreMemory {
  readonly #storage: FakeCluster['storage'];
  #startedAt = 0;
  #storeTime: number | undefined;
  #scanned: readonly TrueObject[] = [];
  #isAsked = false;
  #kept: ReadonlySet<string> = new Set();
  /** Each run.json, as it was read last. */
  readonly #markers = new Map<string, string>();
  /** The newest list of runs; undefined = it is not believed. */
  #existing: ReadonlySet<string> | undefined;
  #runCount = 0;
  #missed: Missed = new Map();
  #look: SweptLook | undefined;
  #plans: readonly { readonly at: number; readonly version: string; readonly taken: () => Taken }[] = [];

  constructor({ storage }: FakeCluster) {
    this.#storage = storage;
  }

  beginSweep(at: number): void {
    this.#startedAt = at;
    this.#isAsked = this.#policies().some(({ spec }) => {
      const { capacity, orphans } = spec as { readonly capacity?: object; readonly orphans?: object };
      return capacity !== undefined || orphans !== undefined;
    });
  }

  /** Those that are understood. */
  #policies(): readonly StoredObject[] {
    return this.#storage.list(policies, {}).filter(({ spec }) => !('shield' in (spec as object)));
  }

  scanned(objects: readonly TrueObject[]): void {
    this.#scanned = objects;
    const names = new Set(objects.map(({ key }) => placeOf(key)));
    const there = new Set(this.#storage.list(runs, {}).map(nameOf));
    this.#kept = new Set(this.#isAsked ? [...names].filter((name) => !there.has(name)) : []);
  }

  told(key: string, text: string | undefined): void {
    if (text !== undefined) this.#markers.set(key, text);
  }

  toldTime(time: number | undefined): void {
    this.#storeTime = time;
  }

  listed(objects: readonly StoredObject[]): void {
    const before = this.#runCount;
    this.#runCount = objects.length;
    const isFarFewer = before - objects.length >= 5 && objects.length * 2 < before;
    this.#existing = isFarFewer ? undefined : new Set(objects.map(nameOf));
  }

  swept(): void {
    const existing = this.#existing;
    const markers = new Map(
      this.#scanned.flatMap(({ key }) => {
        const marker = key.endsWith('/run.json') ? markerIn(this.#markers.get(key)) : undefined;
        return marker?.clusterUid === 'cluster-uid' ? [[placeOf(key), marker] as const] : [];
      }),
    );
    const missed = new Map(
      [...markers].flatMap(([name, { runUid: uid }]) => {
        if (existing === undefined || existing.has(name)) return [];
        return [[name, { uid, count: this.missedOf(name, uid) + 1 }] as const];
      }),
    );
    this.#missed = missed;
    const [startedAt, objects, kept] = [this.#startedAt, this.#scanned, this.#kept];
    this.#look = { startedAt, objects, kept, markers, missed, storeTime: this.#storeTime };
  }

  /** How many complete listings of runs in a row did not have it. */
  missedOf(name: string, uid: string): number {
    const missed = this.#missed.get(name);
    return missed?.uid === uid ? missed.count : 0;
  }

  planned(at: number, all: readonly Seen[]): void {
    const version = this.#version();
    const plan = {
      runs: all.flatMap(({ object, known }): readonly KnownRun[] => {
        const { uid } = object.metadata;
        return known?.look.isWhole === true ? [{ uid, name: nameOf(object), known }] : [];
      }),
      left: this.#leftOf(),
      policies: this.#storage.list(policies, {}),
      uncounted: this.#uncounted(all),
    };
    const before = this.#plans.filter(
      (one) => one.version === version && at - one.at <= patienceMilliseconds,
    );
    let taken: Taken | undefined;
    this.#plans = [...before, { at, version, taken: () => (taken ??= takenBy(plan)) }];
  }

  /** What the plans under the present policies may take of it. */
  takenOf(uid: string): () => ReadonlySet<string> {
    const version = this.#version();
    const plans = this.#plans.filter((one) => one.version === version);
    return () => new Set(plans.flatMap(({ taken }) => [...(taken().get(uid) ?? [])]));
  }

  #leftOf(): readonly KnownLeft[] {
    const look = this.#look;
    return [...(look?.missed ?? [])].flatMap(([name, { uid, count }]) => {
      const marker = look?.markers.get(name);
      const namespace = this.#namespaceOf(name);
      const namespaceLabels = namespace === undefined ? marker?.namespaceLabels : namespace;
      if (look === undefined || marker === undefined || isWish(marker) || namespaceLabels === undefined)
        return [];
      const prefix = `prod/${name}/`;
      const isKept = look.kept.has(name);
      const objects = look.objects.filter(
        ({ key }) => key.startsWith(prefix) && (isKept || !key.endsWith('.pt')),
      );
      const { storeTime, startedAt: at } = look;
      const seen = { prefix, objects, isWhole: true, storeTime, at };
      return [{ uid, look: seen, marker, missed: count, namespaceLabels }];
    });
  }

  #namespaceOf(name: string): Readonly<Record<string, string>> | undefined {
    const [namespace = ''] = name.split('/');
    const object = this.#storage.read(namespaces, { name: namespace });
    return object && (object.metadata.labels ?? {});
  }

  /** The policies that select a run of which this process does not know what the newest sweep saw. */
  #uncounted(all: readonly Seen[]): ReadonlySet<string> {
    const unknown = all.filter((one) => !this.#isKnown(one));
    return new Set(
      unknown.flatMap(({ object }) => {
        const namespace = this.#namespaceOf(nameOf(object));
        if (namespace === undefined) return this.#policies().map(({ metadata }) => metadata.name);
        const labels = { run: object.metadata.labels ?? {}, namespace };
        return governedBy(this.#policies(), labels)?.protecting.map(({ name }) => name) ?? [];
      }),
    );
  }

  #isKnown({ object, known }: Seen): boolean {
    const look = this.#look;
    if (known?.look.isWhole !== true || look === undefined) return false;
    if (versionOf(known.policies) !== this.#version()) return false;
    if (this.#namespaceOf(nameOf(object)) === undefined) return false;
    const { prefix } = known.look;
    const content = (some: readonly TrueObject[]): string =>
      some
        .filter(({ key }) => checkpointNamed(key.slice(prefix.length)) !== undefined)
        .map(({ key, sizeBytes }) => `${key} ${sizeBytes}`)
        .toSorted()
        .join('\n');
    const seen = look.objects.filter(({ key }) => key.startsWith(prefix));
    return known.look.at >= look.startedAt || content(known.look.objects) === content(seen);
  }

  #version(): string {
    return versionOf(this.#storage.list(policies, {}));
  }
}

const nameOf = ({ metadata }: StoredObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** `namespace/name` of a key of the storm's store. */
const placeOf = (key: string): string => key.split('/').slice(1, 3).join('/');

const versionOf = (all: readonly StoredObject[]): string =>
  all
    .map(({ metadata: { uid, generation } }) => `${uid} ${generation ?? 0}`)
    .toSorted()
    .join('\n');
