// The bucket of a storm: how the programs reach it, what truly lies in it, and the hand that puts things there past everybody.
import type { ObjectStore, StoreCapabilities } from '../../../src/ports/objects.ts';
import { FakeObjectStore } from '../fake-object-store.ts';
import { FakeTraining } from '../fake-training.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import { VirtualClock } from '../virtual-clock.ts';
import type { TrueObject } from './told-bucket.ts';

export interface StormPlace {
  readonly objects: ObjectStore;
  readonly capabilities: StoreCapabilities;
  /** What truly lies below the prefix now. */
  readonly truth: (prefix: string) => Promise<readonly TrueObject[]>;
  /** Puts an object there, so many seconds old. */
  readonly put: (object: SeededObject) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  /** The store's clock. */
  readonly now: () => number;
  /** Deletions refuse these keys. */
  readonly keep: (keeps: (key: string) => boolean) => void;
  /** How far the store's clock is ahead of the world's. */
  readonly skew: (seconds: number) => void;
  /** Half of what the next operations of this name do is done, or nothing, or all without an answer. */
  readonly trouble: (
    operation: 'list' | 'get' | 'put' | 'delete',
    when: 'before' | 'midway' | 'after',
  ) => void;
  /** Time has passed, on a clock that the store does not know. */
  readonly passed: (seconds: number) => void;
  /** True while a request is under way that no virtual time ends. */
  readonly isBusy: () => boolean;
}

/** Where a storm takes place. */
export interface StormSite {
  readonly clock: VirtualClock;
  readonly place: StormPlace;
  /** Plays nodes and trainers; undefined: runs stay suspended or ended. */
  readonly training: ((cluster: FakeCluster) => FakeTraining) | undefined;
}

export interface SeededObject {
  readonly key: string;
  readonly text: string;
  readonly age?: number;
}

const isDocument = (key: string): boolean => key.endsWith('.json');

/** A bucket in memory whose listings come in small pages. */
export function fakeSite(): StormSite {
  const clock = new VirtualClock();
  const objects = new FakeObjectStore(clock);
  objects.pageSize = 7;
  return {
    clock,
    place: fakePlace(clock, objects),
    training: (cluster) => {
      const training = new FakeTraining({ cluster, objects, clock });
      training.script = { pace: 4, stepEvery: 3, target: 200, crashes: [] };
      return training;
    },
  };
}

function fakePlace(clock: VirtualClock, objects: FakeObjectStore): StormPlace {
  const decoder = new TextDecoder();
  const now = (): number => clock.now() + objects.skewMilliseconds;
  return {
    objects,
    capabilities: objects.capabilities,
    now,
    truth: async (prefix) =>
      [...objects.objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { bytes, savedAt }]) => ({
          key,
          sizeBytes: bytes.length,
          savedAt,
          text: isDocument(key) ? decoder.decode(bytes) : '',
        })),
    put: async ({ key, text, age = 0 }) => {
      objects.seed(key, text);
      const object = objects.objects.get(key);
      const savedAt = Math.floor((now() - age * 1000) / 1000) * 1000;
      if (object !== undefined) objects.objects.set(key, { ...object, savedAt });
    },
    remove: async (key) => void objects.objects.delete(key),
    keep: (keeps) => {
      objects.faults.keeps = (key) => (keeps(key) ? 'AccessDenied' : undefined);
    },
    skew: (seconds) => {
      objects.skewMilliseconds = seconds * 1000;
    },
    trouble: (on, when) => void objects.faults.add({ on, [when]: 'Unavailable' }),
    passed: () => undefined,
    isBusy: () => false,
  };
}
