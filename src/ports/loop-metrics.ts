// What a reconcile loop tells whoever counts: how passes end, how long they take, how many keys wait.
import type { Seconds } from '../domain/units.ts';

export type PassResult = 'settled' | 'waiting' | 'stalled' | 'conflict' | 'failed';

export interface LoopMetrics {
  /** A pass of the loop `loop` ended. */
  passed(loop: string, result: PassResult, took: Seconds): void;
  /** So many keys of `loop` wait for a worker. */
  queued(loop: string, keys: number): void;
}
