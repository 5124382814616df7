// What the sweep over whole stores tells whoever counts.
import type { StoreUsage } from '../domain/store/usage.ts';

export interface SweepMetrics {
  /** What the last sweep of this store counted. */
  counted(store: string, usage: StoreUsage): void;
  /** Unfinished uploads of dead attempts were given up. */
  abortedUploads(store: string, count: number): void;
  /** The store is no more, or cannot be swept. */
  uncounted(store: string): void;
}
