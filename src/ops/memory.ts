// How much memory the engine takes for comfort. Left alone, V8 lets a process that makes many small requests grow to several
// times what it needs: 8,000 list calls in a row took 250 MB resident, with this 125 MB (and a third more CPU); both need 15 MB of live heap.
import { setFlagsFromString } from 'node:v8';

/** Tells V8 to collect sooner instead of growing; to be called once, first thing in a program that runs for months. */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
}
