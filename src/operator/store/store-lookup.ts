// What asking for a run's store answers: the store and its bucket, or the sentence that says why there is none.
import type { CheckpointStore } from '../../api/store.ts';
import type { StoreChoice } from '../../observation/store-facts.ts';
import type { ObjectStore, StoreCapabilities } from '../../ports/objects.ts';

export type StoreLookup =
  | {
      readonly kind: 'Ready';
      readonly name: string;
      readonly store: CheckpointStore;
      readonly objects: ObjectStore;
      readonly capabilities: StoreCapabilities;
    }
  | Extract<StoreChoice, { kind: 'Unready' }>;
