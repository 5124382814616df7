// Tells the log how a transfer goes, at most every five seconds.
import type { Bytes } from '../domain/units.ts';
import type { AgentWorld } from './world.ts';

const everyMilliseconds = 5_000;

/** A callback for the bytes done so far. */
export function reportTransfer(
  { clock, log }: AgentWorld,
  { key, sizeBytes }: { readonly key: string; readonly sizeBytes: Bytes },
  message: string,
): (doneBytes: Bytes) => void {
  const started = clock.monotonic();
  let reported = started;
  return (doneBytes) => {
    const now = clock.monotonic();
    if (now - reported < everyMilliseconds) return;
    reported = now;
    const bytesPerSecond = Math.round((doneBytes * 1000) / (now - started));
    const percent = Math.floor((100 * doneBytes) / Math.max(1, sizeBytes));
    const secondsLeft = bytesPerSecond === 0 ? null : Math.ceil((sizeBytes - doneBytes) / bytesPerSecond);
    log.info({ key, percent, bytesPerSecond, secondsLeft }, message);
  };
}
