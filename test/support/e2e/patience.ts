// How long an e2e test waits for a state: a bound against hanging for ever, never an expectation. A loaded machine may take its time.
import { waitUntil, type Wait } from '../../../dev/progress/polling.ts';

/** Far beyond what anything takes that happens at all. */
export const patienceSeconds = 600;

/** Waits until it is so. @throws with the last reason why it is not */
export const eventually = (wait: Omit<Wait, 'withinSeconds'>): Promise<void> =>
  waitUntil({ ...wait, withinSeconds: patienceSeconds });
