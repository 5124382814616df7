// Writes the pins of a run that is being deleted into its bucket, so that they hold without it. It takes no pin away.
import type { TTSTrainingRun } from '../../api/run.ts';
import { asPins } from '../../domain/retention/bucket-pins.ts';
import { planLastMirror } from '../../domain/retention/pin-mirror.ts';
import { isInForce } from '../../domain/retention/rules.ts';
import { runFacts } from '../../observation/run-facts.ts';
import type { StoredRun } from '../sweep/logged-deletion.ts';
import { carryOutPinChange } from './pin-changes.ts';
import type { World } from './world.ts';

interface Leaving {
  readonly place: StoredRun;
  readonly run: TTSTrainingRun;
}

/**
 * What pins hold from now on, `update 40000 of attempt 3`. None where the place is not
 * this run's. @throws ObjectStoreError, DocumentError, VanishedError
 */
export async function keepPins(
  world: World,
  { place, run }: Leaving,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { uid: runUid, spec, status } = runFacts(run);
  if (spec.pins.length === 0) return [];
  const bucket = await world.memory.of(runUid).bucket.facts(place.objects, place.prefix, signal);
  const { inventory, origins, marker, pins: mirrored, storeTime } = bucket;
  if (marker?.runUid !== runUid) return [];
  const now = storeTime ?? world.clock.now();
  const highestAttempt = Math.max(marker.highestAttempt, status?.attempt ?? 0);
  const question = { runUid, pins: spec.pins, mirrored, inventory, origins, now, highestAttempt };
  const changes = planLastMirror(question);
  for (const change of changes) await carryOutPinChange(place, change, signal);
  const written = changes.flatMap((one) =>
    one.change === 'Write' ? [{ ...one, until: one.words.until }] : [],
  );
  const names = [...asPins(mirrored), ...written]
    .filter((pin) => isInForce(pin, now))
    .map(({ update, attempt }) => `update ${update} of attempt ${attempt}`);
  return [...new Set(names)];
}
