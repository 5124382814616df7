// What bytes cost in a month.
import type { Bytes } from '../units.ts';

/** In the currency of spec.pricePerGiBMonth of a CheckpointStore, which nobody names. */
export const monthlyCost = (bytes: Bytes, pricePerGiBMonth: number): number =>
  (bytes / 2 ** 30) * pricePerGiBMonth;
