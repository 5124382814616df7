// The bucket of a storm: how the programs reach it, what truly lies in it, and the hand that puts things there past everybody.
import type { ObjectStore, StoreCapabilities } from '../../../src/ports/objects.ts';
import { FakeObjectStore } from '../fake-object-store.ts';
import type { VirtualClock } from '../virtual-clock.ts';
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
}

export interface SeededObject {
  readonly key: string;
  readonly text: string;
  readonly age?: number;
}

const isDocument = (key: string): boolean => key.endsWith('.json');

/** A bucket in memory whose listings come in small pages. */
export function fakePlace(clock: VirtualClock): StormPlace & { readonly objects: FakeObjectStore } {
  const objects = new FakeObjectStore(clock);
  objects.pageSize = 7;
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
  };
}
