// What bytes cost in a month, where the stores have a pricePerGiBMonth; in their currency, which nobody names.
import type { CheckpointStore } from '../api/store.ts';
import { monthlyCost } from '../domain/store/monthly-cost.ts';
import type { Bytes } from '../domain/units.ts';
import { isDefaultStore } from '../observation/store-facts.ts';

/** Of a store by its name, undefined for the default one; undefined where it has no price. */
export type Prices = (store: string | undefined) => number | undefined;

/** The prices of these stores. */
export const pricesOf =
  (stores: readonly CheckpointStore[]): Prices =>
  (name) =>
    priceOf(
      stores.find((store) => (name === undefined ? isDefaultStore(store) : store.metadata.name === name)),
    );

/** For a GiB. */
export const priceOf = (store: Pick<CheckpointStore, 'spec'> | undefined): number | undefined =>
  store?.spec.pricePerGiBMonth === undefined ? undefined : Number(store.spec.pricePerGiBMonth);

/** For these bytes; undefined without a price. */
export const costOf = (bytes: Bytes, pricePerGiBMonth: number | undefined): number | undefined =>
  pricePerGiBMonth === undefined ? undefined : monthlyCost(bytes, pricePerGiBMonth);
