// Waits until the attempt before has flushed what it had: its end.json, the operator's word that none comes any more, or the moment
// after which its pod cannot flush. The wait is bounded twice, since the moment was told by another machine's clock.
import { formatAttemptId, type RunObject } from '../../domain/bucket/keys.ts';
import type { Seconds } from '../../domain/units.ts';
import { isPassing } from '../patience.ts';
import { type AgentWorld, keyOf } from '../world.ts';

const pollMilliseconds = 500;
const reportMilliseconds = 10_000;

/** Resolves to the seconds waited. A store that is away does not end the wait: it is needed afterwards anyway. */
export async function waitForPredecessor(world: AgentWorld, signal: AbortSignal): Promise<Seconds> {
  const { clock, log, config } = world;
  const { predecessor, graceSeconds } = config.environment;
  if (predecessor === null) return 0;
  const { attempt } = predecessor;
  const started = clock.monotonic();
  const longest = Math.min(predecessor.until - clock.now(), graceSeconds * 1000);
  const waited = (): number => clock.monotonic() - started;
  const about = { predecessor: formatAttemptId(attempt) };
  for (let reported = 0; !(await has(world, { is: 'End', attempt }, signal));) {
    if (await has(world, { is: 'Gone', attempt }, signal)) {
      log.warn(
        { ...about, waitedSeconds: waited() / 1000 },
        'predecessor is gone without having flushed, going on',
      );
      break;
    }
    if (waited() >= longest) {
      log.warn({ ...about, waitedSeconds: waited() / 1000 }, 'predecessor did not end in time, going on');
      break;
    }
    if (waited() >= reported) {
      log.info(
        { ...about, atMostSeconds: (longest - waited()) / 1000 },
        'waiting for the predecessor to flush',
      );
      reported += reportMilliseconds;
    }
    await clock.sleep(Math.min(pollMilliseconds, longest - waited()), signal);
  }
  return waited() / 1000;
}

async function has(world: AgentWorld, object: RunObject, signal: AbortSignal): Promise<boolean> {
  try {
    return (await world.objects.head(keyOf(world, object), signal)) !== undefined;
  } catch (cause) {
    if (!isPassing(cause)) throw cause;
    return false;
  }
}
